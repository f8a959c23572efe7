"""Folders of exports as shops have them: one in English, one in French."""

import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb

FRENCH = {
    "clients.csv": "id_client;date_inscription;email;téléphone;code_postal;pays;carte_fidelite\n"
    "0001;12/03/2023;Ana@Exemple.fr;06 12 34 56 78;75011;FR;000123\n"
    "0002;25/04/2023;bob@exemple.fr;;69001;FR;000124\n",
    "produits.csv": "référence;libellé;catégorie;marque;prix;statut\n"
    "P1;Café moulu;Épicerie;Maison;4,50;actif\nP2;Thé vert;Épicerie;Maison;3,20;arrêté\n",
    "ventes-2023.csv": "no_commande;id_client;référence;date_achat;quantité;montant;magasin\n"
    "C1;0001;P1;01/05/2023 10:15;2;9,00;M1\nC1;0001;P2;01/05/2023 10:15;1;3,20;M1\n"
    "C2;;P1;15/05/2023 18:02;1;4,50;M1\n",
    "ventes-2024.csv": "no_commande;id_client;référence;date_achat;quantité;montant;magasin\n"
    "C3;0002;P1;13/01/2024 09:00;-1;-4,50;M2\n",
    "stock.csv": "référence;magasin;date_stock;stock\nP1;M1;2024-01-31;12\nP2;M1;2024-01-31;0\n",
    "consentements.csv": "id_client;finalité;canal;statut;date_consentement\n"
    "0001;personnalisation;tous;oui;2023-03-12T10:00:00+01:00\n"
    "0002;publicité;courriel;non;2023-04-25T10:00:00+02:00\n",
    "navigation.csv": "id_evenement;visiteur;horodatage;type_evenement;référence;recherche\n"
    "e1;v1;2024-01-10 10:00:00;vue_produit;P1;\ne2;v1;2024-01-10 10:01:00;recherche;;café\n"
    "e3;v1;2024-01-10 10:02:00;ajout_panier;P1;\n",
    "avis.csv": "id_avis;id_client;note;commentaire;date_avis\na1;0001;5;Très bien;2023-06-01\n",
    "appels.csv": "id_appel;id_client;ouvert_le;ferme_le;motif;resolu\n"
    "t1;0001;2023-06-01 10:00;2023-06-01 11:00;livraison;oui\n",
}


def french(folder: Path) -> None:
    """Nine CSV files with semicolons and decimal commas, one of them in cp1252."""
    for name, text in FRENCH.items():
        (folder / name).write_bytes(text.encode("cp1252" if name == "avis.csv" else "utf-8"))


def english(folder: Path) -> None:
    """A CSV of order lines without a catalogue, a CRM in SQLite, a web log in DuckDB."""
    (folder / "order_lines.csv").write_text(
        "Order Number,Customer ID,SKU,Product Name,Order Date,Qty,Unit Price\n"
        "O1,m1,A1,Mug,2023-05-02T10:00:00Z,2,£4.50\nO1,m1,A2,Plate,2023-05-02T10:00:00Z,1,£3.00\n"
        "O2,,A1,Mug,2023-05-03T10:00:00Z,-1,£4.50\n".replace("£", "")
    )
    (folder / "nps_survey.csv").write_text(
        "survey_id,customer_id,rating,comment,survey_date\n1,m1,9,good,2023-06-01\n"
    )
    (folder / "notes.txt").write_text("remember the milk\nand the eggs\n")
    with closing(sqlite3.connect(folder / "crm.db")) as con:
        con.execute("create table members (MemberID, SignupDate, EmailAddress, Country, Price_GBP)")
        con.execute("insert into members values ('m1', '2023-01-01 10:00:00', 'A@x.org', 'GB', 1)")
        con.execute("insert into members values ('m2', '2023-02-01 10:00:00', null, 'FR', 1)")
        con.commit()
    with duckdb.connect(str(folder / "web.duckdb")) as other:
        other.execute(
            "create table web_events as select * from (values"
            " ('e1', 'k1', 's1', timestamp '2023-05-01 10:00', 'view_item', 'A1'),"
            " ('e2', 'k1', 's1', timestamp '2023-05-01 10:01', 'addToCart', 'A2'))"
            " t(event_id, cookie_id, session_id, event_time, event_name, sku)"
        )
