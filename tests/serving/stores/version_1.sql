-- A store as version 1 wrote it: sqlite3 nextbest.db .dump
BEGIN TRANSACTION;
CREATE TABLE api_keys (
	key_hash TEXT NOT NULL, 
	label TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (key_hash)
);
CREATE TABLE consents (
	sequence INTEGER NOT NULL, 
	customer_id TEXT NOT NULL, 
	purpose TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	status TEXT NOT NULL, 
	recorded_at BIGINT NOT NULL, 
	expires_at BIGINT, 
	source TEXT NOT NULL, 
	PRIMARY KEY (sequence)
);
INSERT INTO "consents" VALUES(1,'c1','marketing','any','granted',5,NULL,'form');
CREATE TABLE contacts (
	contact_no INTEGER NOT NULL, 
	customer_id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	action_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	decision_id TEXT NOT NULL, 
	PRIMARY KEY (contact_no), 
	FOREIGN KEY(decision_id) REFERENCES decisions (decision_id)
);
INSERT INTO "contacts" VALUES(1,'c1','email','a1','offer','shown',100,'d1');
CREATE TABLE counters (
	name TEXT NOT NULL, 
	value BIGINT NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE decisions (
	decision_id TEXT NOT NULL, 
	decided_at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (decision_id)
);
INSERT INTO "decisions" VALUES('d1',100,'next_best_actions','c1','email',X'7801AB562A50B232D03336400526B50048CF057C');
CREATE TABLE outcomes (
	outcome_id TEXT NOT NULL, 
	decision_id TEXT NOT NULL, 
	action_id TEXT, 
	item_id TEXT, 
	outcome TEXT NOT NULL, 
	value FLOAT, 
	occurred_at BIGINT NOT NULL, 
	PRIMARY KEY (outcome_id), 
	FOREIGN KEY(decision_id) REFERENCES decisions (decision_id)
);
CREATE TABLE profile_links (
	visitor_id TEXT NOT NULL, 
	customer_id TEXT NOT NULL, 
	observed_at BIGINT NOT NULL, 
	PRIMARY KEY (visitor_id)
);
CREATE TABLE profile_persons (
	customer_id TEXT NOT NULL, 
	person_id TEXT NOT NULL, 
	part_id TEXT NOT NULL, 
	PRIMARY KEY (customer_id)
);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE stock_levels (
	item_id TEXT NOT NULL, 
	location_id TEXT NOT NULL, 
	quantity FLOAT NOT NULL, 
	status TEXT NOT NULL, 
	as_of BIGINT NOT NULL, 
	sequence BIGINT NOT NULL, 
	PRIMARY KEY (item_id, location_id)
);
CREATE INDEX consents_by_customer ON consents (customer_id);
CREATE INDEX stock_levels_by_sequence ON stock_levels (sequence);
CREATE INDEX decisions_by_subject ON decisions (subject, decided_at);
CREATE INDEX profile_links_by_customer ON profile_links (customer_id);
CREATE INDEX profile_persons_by_person ON profile_persons (person_id);
CREATE INDEX contacts_by_decision ON contacts (decision_id);
CREATE INDEX contacts_by_customer ON contacts (customer_id, at);
CREATE INDEX outcomes_by_decision ON outcomes (decision_id);
COMMIT;
