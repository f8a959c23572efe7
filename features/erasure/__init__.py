"""Taking one person out of everything that lies on disk: tables, views, files made from them.

Enters: the names of a person. Leaves: files without them, and counts. May touch: every file under
``NEXTBEST_HOME`` but the databases; the manifest of the tables stays their only commit.
"""
