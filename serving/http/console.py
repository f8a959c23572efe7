"""The console: what is being served, in English and in French."""

from collections.abc import Mapping
from typing import Any

from serving.http.console_experience import experience_panel
from serving.http.markup import element, page, table

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "nextbest: what is served",
        "ready": "The service is ready.",
        "starting": "The service is starting; it takes no decisions yet.",
        "bundle": "Bundle version",
        "policy": "Policy version",
        "data": "Data behind it",
        "table": "Table",
        "real": "Real rows",
        "simulated": "Simulated rows",
        "origin": "Origin",
        "all_real": "real",
        "all_simulated": "simulated",
        "mixed": "partly simulated",
        "empty": "empty",
        "warning": "These tables hold simulated rows and say nothing about real people: ",
        "no_simulation": "No table holds simulated rows.",
        "none": "Nothing is known about the tables.",
        "links": "For programs: /docs, /openapi.json, /metrics.",
        "unknown": "unknown",
    },
    "fr": {
        "title": "nextbest : ce qui est servi",
        "ready": "Le service est prêt.",
        "starting": "Le service démarre ; il ne prend pas encore de décisions.",
        "bundle": "Version du lot de modèles",
        "policy": "Version de la politique",
        "data": "Les données derrière",
        "table": "Table",
        "real": "Lignes réelles",
        "simulated": "Lignes simulées",
        "origin": "Origine",
        "all_real": "réelle",
        "all_simulated": "simulée",
        "mixed": "en partie simulée",
        "empty": "vide",
        "warning": "Ces tables contiennent des lignes simulées et ne disent rien de "
        "personnes réelles : ",
        "no_simulation": "Aucune table ne contient de lignes simulées.",
        "none": "Rien n'est connu des tables.",
        "links": "Pour les programmes : /docs, /openapi.json, /metrics.",
        "unknown": "inconnue",
    },
}


def console_page(facts: Mapping[str, Any], language: str) -> str:
    """Return the page.

    Parameters
    ----------
    facts
        ``ready``, ``bundle_version``, ``policy_version``,
        ``tables: {name: {"real": rows, "simulated": rows}}`` and ``experience``, the measured
        report; any may be missing.
    language
        ``en`` or ``fr``.
    """
    words = _WORDS[language]
    parts = [
        element("h1", words["title"]),
        element("p", words["ready" if facts.get("ready") else "starting"]),
        _versions(facts, words),
        element("h2", words["data"]),
        *_data(facts.get("tables") or {}, words),
        *experience_panel(facts.get("experience"), language),
        element("p", words["links"], "quiet"),
        '<p><a href="?lang=en">English</a> · <a href="?lang=fr">Français</a></p>',
    ]
    return page(words["title"], language, parts)


def _versions(facts: Mapping[str, Any], words: Mapping[str, str]) -> str:
    rows = [
        (words[name], facts.get(f"{name}_version") or words["unknown"])
        for name in ("bundle", "policy")
    ]
    return "<p>" + "<br>".join(f"{element('b', a)}: {element('code', b)}" for a, b in rows) + "</p>"


def _data(tables: Mapping[str, Mapping[str, int]], words: Mapping[str, str]) -> list[str]:
    if not tables:
        return [element("p", words["none"])]
    simulated = [name for name, rows in tables.items() if rows.get("simulated", 0)]
    note = words["warning"] + ", ".join(simulated) + "." if simulated else words["no_simulation"]
    head = [words["table"], words["origin"], words["real"], words["simulated"]]
    body = [
        (name, _origin(rows, words), f"{rows.get('real', 0):,}", f"{rows.get('simulated', 0):,}")
        for name, rows in tables.items()
    ]
    return [element("p", note, "note" if simulated else ""), table(head, body, numbers=2)]


def _origin(rows: Mapping[str, int], words: Mapping[str, str]) -> str:
    real, simulated = rows.get("real", 0), rows.get("simulated", 0)
    if not simulated:
        return words["all_real" if real else "empty"]
    return words["mixed" if real else "all_simulated"]
