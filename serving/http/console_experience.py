"""The console's panel of measured experience, in English and in French."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from serving.http.markup import element

Row = Mapping[str, Any]
MONTHS_SHOWN = 6
_METERS = {"nps": (-100, 100), "csat": (0, 1)}

_WORDS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Experience",
        "missing": "Nothing has been measured yet: run nextbest experience.",
        "covered": "{answers} answers of {customers} customers; left out without consent to "
        "analytics: {left_out_answers} answers of {left_out_customers} customers.",
        "nps": "NPS",
        "csat": "CSAT, share of 4 and 5",
        "nps_population": "NPS of all, answered and inferred",
        "effort_hard": "Share who found it hard",
        "measure": "Measure",
        "of": "Of",
        "figure": "Figure",
        "interval": "95 % interval",
        "n": "n",
        "response": "Response",
        "source": "Source",
        "answered": "answered",
        "inferred": "inferred, not said",
        "too_few": "too few customers",
        "all": "all",
    },
    "fr": {
        "title": "Expérience client",
        "missing": "Rien n'a encore été mesuré : lancez nextbest experience.",
        "covered": "{answers} réponses de {customers} clients ; écartées faute de consentement "
        "à l'analyse : {left_out_answers} réponses de {left_out_customers} clients.",
        "nps": "NPS",
        "csat": "CSAT, part des 4 et 5",
        "nps_population": "NPS de tous, répondu et déduit",
        "effort_hard": "Part de ceux pour qui ce fut difficile",
        "measure": "Mesure",
        "of": "De",
        "figure": "Valeur",
        "interval": "Intervalle à 95 %",
        "n": "n",
        "response": "Taux de réponse",
        "source": "Origine",
        "answered": "répondu",
        "inferred": "déduit, non dit",
        "too_few": "trop peu de clients",
        "all": "tous",
    },
}


def experience_panel(report: Mapping[str, Any] | None, language: str) -> Iterator[str]:
    """Yield the panel's elements.

    Parameters
    ----------
    report
        As :meth:`serving.experience.ExperienceReports.read` gives it; None when there is none.
    language
        ``en`` or ``fr``.
    """
    words = _WORDS[language]
    yield element("h2", words["title"])
    if report is None:
        yield element("p", words["missing"])
        return
    yield element("p", words["covered"].format(**report["coverage"]))
    rows = report["rows"]
    yield _table(_overall(rows), words)
    for metric in ("nps", "csat"):
        months = [row for row in _answered(rows, metric, "overall") if len(row["period"]) == 7]
        touchpoints = [r for r in _answered(rows, metric, "touchpoint") if r["period"] == "all"]
        yield _table([*months[-MONTHS_SHOWN:], *touchpoints], words)


def _overall(rows: Sequence[Row]) -> list[Row]:
    answered = [
        row
        for metric in ("nps", "csat")
        for row in _answered(rows, metric, "overall")
        if row["period"] == "all"
    ]
    return [*answered, *(r for r in rows if r["source"] == "inferred" and r["by"] == "overall")]


def _answered(rows: Iterable[Row], metric: str, by: str) -> Iterator[Row]:
    wanted = (metric, by, "answered")
    return (row for row in rows if (row["metric"], row["by"], row["source"]) == wanted)


def _table(rows: Sequence[Row], words: Mapping[str, str]) -> str:
    names = ("measure", "of", "source", "figure", "interval", "n", "response")
    head = "".join(element("th", words[name]) for name in names)
    lines = "".join(f"<tr>{''.join(_cells(row, words))}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{lines}</table>"


def _cells(row: Row, words: Mapping[str, str]) -> Iterator[str]:
    metric, inferred = row["metric"], row["source"] == "inferred"
    yield element("td", words[metric])
    yield element("td", _of(row, words))
    yield element("td", words[row["source"]], "note" if inferred else "")
    if row["estimate"] is None:
        yield element("td", words["too_few"], "quiet")
        yield element("td", "")
    else:
        figure = escape(_shown(metric, row["estimate"]))
        yield f"<td>{figure} {_meter(metric, row['estimate'])}</td>"
        interval = f"{_shown(metric, row['low'])} – {_shown(metric, row['high'])}"  # noqa: RUF001
        yield element("td", interval)
    yield element("td", f"{row['n']:,}", "number")
    rate = row["response_rate"]
    yield element("td", "" if rate is None else f"{rate:.0%}", "number")


def _of(row: Row, words: Mapping[str, str]) -> str:
    if row["value"] != "all":
        return str(row["value"])
    return words["all"] if row["period"] == "all" else str(row["period"])


def _shown(metric: str, value: float) -> str:
    return f"{value:+.1f}" if metric.startswith("nps") else f"{value:.1%}"


def _meter(metric: str, value: float) -> str:
    low, high = _METERS["nps" if metric.startswith("nps") else "csat"]
    return f'<meter min="{low}" max="{high}" value="{value:g}"></meter>'
