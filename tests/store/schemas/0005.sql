BEGIN TRANSACTION;
CREATE TABLE absences (
	person INTEGER NOT NULL, 
	first DATE NOT NULL, 
	last DATE NOT NULL, 
	source VARCHAR NOT NULL, 
	CONSTRAINT absences_pkey PRIMARY KEY (person, first, source), 
	CONSTRAINT absences_person_fkey FOREIGN KEY(person) REFERENCES agents (person)
);
INSERT INTO "absences" VALUES(1,'2026-12-24','2026-12-31','config');
INSERT INTO "absences" VALUES(2,'2026-11-16','2026-11-20','command');
CREATE TABLE account_members (
	account VARCHAR NOT NULL, 
	member VARCHAR NOT NULL, 
	CONSTRAINT account_members_pkey PRIMARY KEY (account, member), 
	CONSTRAINT account_members_account_fkey FOREIGN KEY(account) REFERENCES accounts ("key")
);
INSERT INTO "account_members" VALUES('acme','ana@example.com');
CREATE TABLE accounts (
	"key" VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT accounts_pkey PRIMARY KEY ("key")
);
INSERT INTO "accounts" VALUES('acme','Acme');
CREATE TABLE addresses (
	"key" VARCHAR NOT NULL, 
	person INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	last_failed INTEGER, 
	suppressed BOOLEAN NOT NULL, 
	proved_at DATETIME, 
	CONSTRAINT addresses_pkey PRIMARY KEY ("key"), 
	CONSTRAINT addresses_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "addresses" VALUES('bob@example.test',1,'bob@example.test',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('carl@example.test',2,'carl@example.test',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('dan@example.test',3,'dan@example.test',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('ana@customer.example',4,'ana@customer.example',0,NULL,0,'2026-11-20 10:00:00.000000');
INSERT INTO "addresses" VALUES('eve@elsewhere.example',5,'eve@elsewhere.example',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('kim@third.example',6,'kim@third.example',0,NULL,0,'2026-11-20 10:00:00.000000');
INSERT INTO "addresses" VALUES('ana@example.com',7,'ana@example.com',0,NULL,0,NULL);
CREATE TABLE agent_desks (
	person INTEGER NOT NULL, 
	desk VARCHAR NOT NULL, 
	CONSTRAINT agent_desks_pkey PRIMARY KEY (person, desk), 
	CONSTRAINT agent_desks_person_fkey FOREIGN KEY(person) REFERENCES agents (person), 
	CONSTRAINT agent_desks_desk_fkey FOREIGN KEY(desk) REFERENCES desks (name)
);
INSERT INTO "agent_desks" VALUES(1,'support');
INSERT INTO "agent_desks" VALUES(1,'sales');
INSERT INTO "agent_desks" VALUES(2,'support');
INSERT INTO "agent_desks" VALUES(3,'sales');
CREATE TABLE agent_teams (
	person INTEGER NOT NULL, 
	team VARCHAR NOT NULL, 
	CONSTRAINT agent_teams_pkey PRIMARY KEY (person, team), 
	CONSTRAINT agent_teams_person_fkey FOREIGN KEY(person) REFERENCES agents (person)
);
INSERT INTO "agent_teams" VALUES(1,'printers');
INSERT INTO "agent_teams" VALUES(3,'stairs');
CREATE TABLE agents (
	person INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	source VARCHAR NOT NULL, 
	last_assigned_at DATETIME, 
	CONSTRAINT agents_pkey PRIMARY KEY (person), 
	CONSTRAINT agents_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "agents" VALUES(1,1,'config','2026-11-20 10:02:00.000000');
INSERT INTO "agents" VALUES(2,1,'config','2026-11-20 10:02:00.000001');
INSERT INTO "agents" VALUES(3,1,'command',NULL);
CREATE TABLE agreements (
	id INTEGER NOT NULL, 
	holder VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	first DATE, 
	last DATE, 
	desk VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	CONSTRAINT agreements_pkey PRIMARY KEY (id)
);
INSERT INTO "agreements" VALUES(1,'acme','contract','2026-01-01','2026-12-31','','2026-11-20 10:00:00.000000','operator');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE attachments (
	entry INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	filename VARCHAR NOT NULL, 
	content_type VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	inline BOOLEAN NOT NULL, 
	content_id VARCHAR NOT NULL, 
	part VARCHAR NOT NULL, 
	stated_name BOOLEAN NOT NULL, 
	quoted BOOLEAN NOT NULL, 
	CONSTRAINT attachments_pkey PRIMARY KEY (entry, position), 
	CONSTRAINT attachments_entry_fkey FOREIGN KEY(entry) REFERENCES entries (id)
);
INSERT INTO "attachments" VALUES(1,0,'a.pdf','application/pdf',3,'5555555555555555555555555555555555555555555555555555555555555555',0,'','',1,0);
CREATE TABLE counters (
	name VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT counters_pkey PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('ticket',1011);
INSERT INTO "counters" VALUES('person',7);
INSERT INTO "counters" VALUES('entry',31);
INSERT INTO "counters" VALUES('outbox',30);
INSERT INTO "counters" VALUES('intake',12);
INSERT INTO "counters" VALUES('evidence',25);
INSERT INTO "counters" VALUES('agreement',1);
INSERT INTO "counters" VALUES('ledger',2);
CREATE TABLE cursors (
	source VARCHAR NOT NULL, 
	position VARCHAR NOT NULL, 
	moved_at DATETIME NOT NULL, 
	CONSTRAINT cursors_pkey PRIMARY KEY (source)
);
CREATE TABLE desks (
	name VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	display_name VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	CONSTRAINT desks_pkey PRIMARY KEY (name)
);
INSERT INTO "desks" VALUES('support','support@example.test','Example Support',0,1);
INSERT INTO "desks" VALUES('sales','sales@example.test','Example Sales',1,1);
CREATE TABLE entries (
	id INTEGER NOT NULL, 
	ticket INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	visibility VARCHAR NOT NULL, 
	author INTEGER, 
	author_address VARCHAR NOT NULL, 
	author_name VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	intake INTEGER, 
	parked VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	text VARCHAR NOT NULL, 
	full_text VARCHAR NOT NULL, 
	minutes INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT entries_pkey PRIMARY KEY (id), 
	CONSTRAINT entries_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT entries_author_fkey FOREIGN KEY(author) REFERENCES people (id), 
	CONSTRAINT entries_intake_fkey FOREIGN KEY(intake) REFERENCES intake (id)
);
INSERT INTO "entries" VALUES(1,1001,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','41b30d385478a8bf9c7238f1b957e327@mua.example',1,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(2,1002,'message','2026-11-20 10:00:00.000000','public',5,'eve@elsewhere.example','','f731e8278bd9463b2ffbb3f8830c173d@mua.example',2,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(3,1003,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example',3,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(4,1004,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','80285e8208894a762723cd08ab60ff6d@mua.example',4,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(5,1005,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','adc3316053adf38b193b3c1c562254a8@mua.example',5,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(6,1006,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','9609af39561eeb6ad95284a075c8f0f9@mua.example',6,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(7,1006,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'No confirmation was sent: the budget of this address is exhausted','',0);
INSERT INTO "entries" VALUES(8,1007,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','cb5e5e996674c0f18218110f443bbbc3@mua.example',7,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(9,1007,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'No confirmation was sent: the budget of this address is exhausted','',0);
INSERT INTO "entries" VALUES(12,1009,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','5ac133dbc7e46ca334459a60fdb3648c@mua.example',9,'','',1,'It burns.','',0);
INSERT INTO "entries" VALUES(13,1003,'event','2026-11-20 10:02:00.000000','internal',1,'','','',NULL,'','taken',1,'Taken by Bob Agent','',0);
INSERT INTO "entries" VALUES(14,1003,'event','2026-11-20 10:02:00.000000','public',NULL,'','','',NULL,'','agent_took',1,'Status: open → in_progress','',0);
INSERT INTO "entries" VALUES(15,1003,'event','2026-11-20 10:02:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'Not sent to kim@third.example: the budget of this address is exhausted','',0);
INSERT INTO "entries" VALUES(16,1003,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','tagged',1,'Tagged fire, smoke (by Bob Agent)','',0);
INSERT INTO "entries" VALUES(17,1003,'event','2026-11-20 10:20:00.000000','internal',1,'','','',NULL,'','time booked',1,'Bob Agent booked 20 min','',20);
INSERT INTO "entries" VALUES(18,1003,'event','2026-11-20 10:21:00.000000','public',NULL,'','','',NULL,'','agent_waits',1,'Status: in_progress → waiting (by Bob Agent)','',0);
INSERT INTO "entries" VALUES(19,1003,'event','2026-11-20 10:21:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'Not sent to kim@third.example: the budget of this address is exhausted','',0);
INSERT INTO "entries" VALUES(20,1004,'event','2026-11-20 10:00:00.000000','internal',2,'','','',NULL,'','assigned',1,'Assigned to Carl by Bob Agent','',0);
INSERT INTO "entries" VALUES(21,1004,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'Not sent to kim@third.example: the budget of this address is exhausted','',0);
INSERT INTO "entries" VALUES(22,1004,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','snoozed',1,'Set aside until 2026-11-22 09:00 UTC by Carl','',0);
INSERT INTO "entries" VALUES(23,1004,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','linked',1,'Linked with TICK-1003 by Carl','',0);
INSERT INTO "entries" VALUES(24,1005,'event','2026-11-20 10:00:00.000000','public',NULL,'','','',NULL,'','priority changed',1,'Priority: normal → high (by the operator)','',0);
INSERT INTO "entries" VALUES(25,1005,'event','2026-11-20 12:00:00.000000','public',NULL,'','','',NULL,'','agent_resolved',1,'Status: open → resolved (by Carl)','',0);
INSERT INTO "entries" VALUES(26,1006,'event','2026-11-20 12:00:00.000000','public',NULL,'','','',NULL,'','agent_closed',1,'Status: open → closed (by Bob Agent)','',0);
INSERT INTO "entries" VALUES(27,1003,'note','2026-11-20 10:00:00.000000','internal',1,'bob@example.test','Bob Agent','',NULL,'','note',1,'Smoke, too.','',0);
INSERT INTO "entries" VALUES(28,1010,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','cb18ef18a0da6ce0a2cfc54a558b2527@mua.example',10,'','',1,'My key is ACME-1234-ABCD','',0);
INSERT INTO "entries" VALUES(29,1010,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','license looked up',1,'License ****-****-ABCD is active, Planner (shop)','',0);
INSERT INTO "entries" VALUES(30,1011,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','3ad1e82976a2a9d9d24f8763be189d2e@mua.example',11,'','',1,'My key is ACME-9999-WXYZ','',0);
INSERT INTO "entries" VALUES(31,1011,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'No confirmation was sent: the budget of this address is exhausted','',0);
CREATE TABLE evidence (
	id INTEGER NOT NULL, 
	intake INTEGER, 
	ticket INTEGER, 
	at DATETIME NOT NULL, 
	verdict VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	steps_json VARCHAR NOT NULL, 
	CONSTRAINT evidence_pkey PRIMARY KEY (id), 
	CONSTRAINT evidence_intake_fkey FOREIGN KEY(intake) REFERENCES intake (id), 
	CONSTRAINT evidence_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "evidence" VALUES(1,1,1001,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["route","no earlier ticket",""],["send","confirmation","outbox 1 to person 4"],["send","new_ticket","outbox 2 to person 1"],["send","new_ticket","outbox 3 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(2,2,1002,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=elsewhere.example"],["route","no earlier ticket",""],["send","confirmation","outbox 4 to person 5"],["send","new_ticket","outbox 5 to person 1"],["send","new_ticket","outbox 6 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(3,3,1003,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 7 to person 6"],["send","new_ticket","outbox 8 to person 1"],["send","new_ticket","outbox 9 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(4,4,1004,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 10 to person 6"],["send","new_ticket","outbox 11 to person 1"],["send","new_ticket","outbox 12 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(5,5,1005,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 13 to person 6"],["send","new_ticket","outbox 14 to person 1"],["send","new_ticket","outbox 15 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(6,6,1006,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["confirm","no","budget exhausted"],["send","new_ticket","outbox 16 to person 1"],["send","new_ticket","outbox 17 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(7,7,1007,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["confirm","no","budget exhausted"],["send","new_ticket","outbox 18 to person 1"],["send","new_ticket","outbox 19 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(8,8,1008,'2026-11-20 10:00:00.000000','opened','the ticket was deleted','[]');
INSERT INTO "evidence" VALUES(9,9,1009,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["route","no earlier ticket",""],["send","confirmation","outbox 22 to person 4"],["send","new_ticket","outbox 23 to person 1"],["send","new_ticket","outbox 24 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(10,NULL,1003,'2026-11-20 10:02:00.000000','recorded','take: done','[["command","take done","The ticket is yours."],["send","budget exhausted","Not sent to kim@third.example: the budget of this address is exhausted"],["verdict","recorded","take: done"]]');
INSERT INTO "evidence" VALUES(11,NULL,1003,'2026-11-20 10:00:00.000000','recorded','tag: done','[["command","tag done","Tagged fire, smoke."],["verdict","recorded","tag: done"]]');
INSERT INTO "evidence" VALUES(12,NULL,1003,'2026-11-20 10:20:00.000000','recorded','time: done','[["command","time done","Booked 20 min."],["verdict","recorded","time: done"]]');
INSERT INTO "evidence" VALUES(13,NULL,1003,'2026-11-20 10:21:00.000000','recorded','status: done','[["command","status done","The ticket is Waiting for Customer."],["send","budget exhausted","Not sent to kim@third.example: the budget of this address is exhausted"],["verdict","recorded","status: done"]]');
INSERT INTO "evidence" VALUES(14,NULL,1004,'2026-11-20 10:00:00.000000','recorded','assign: done','[["command","assign done","Assigned to Carl."],["send","budget exhausted","Not sent to kim@third.example: the budget of this address is exhausted"],["send","assigned","outbox 25 to person 2"],["verdict","recorded","assign: done"]]');
INSERT INTO "evidence" VALUES(15,NULL,1004,'2026-11-20 10:00:00.000000','recorded','snooze: done','[["command","snooze done","Set aside until 2026-11-22 09:00 UTC; a message of the customer ends it."],["verdict","recorded","snooze: done"]]');
INSERT INTO "evidence" VALUES(16,NULL,1004,'2026-11-20 10:00:00.000000','recorded','link: done','[["command","link done","Linked with TICK-1003."],["verdict","recorded","link: done"]]');
INSERT INTO "evidence" VALUES(17,NULL,1005,'2026-11-20 10:00:00.000000','recorded','priority: done','[["command","priority done","The priority is High."],["verdict","recorded","priority: done"]]');
INSERT INTO "evidence" VALUES(18,NULL,1005,'2026-11-20 12:00:00.000000','recorded','resolve: done','[["command","resolve done","The ticket is Resolved."],["send","resolved","outbox 26 to person 6"],["verdict","recorded","resolve: done"]]');
INSERT INTO "evidence" VALUES(19,NULL,1006,'2026-11-20 12:00:00.000000','recorded','close: done','[["command","close done","The ticket is Closed."],["send","closed","outbox 27 to person 6"],["verdict","recorded","close: done"]]');
INSERT INTO "evidence" VALUES(20,NULL,1007,'2026-11-20 10:00:00.000000','recorded','merge: failed','[["command","merge failed","kim@third.example takes no part in TICK-1009 and would read it; if that is right, say there first: #cc kim@third.example."],["verdict","recorded","merge: failed"]]');
INSERT INTO "evidence" VALUES(21,NULL,1003,'2026-11-20 10:00:00.000000','recorded','note: done','[["verdict","recorded","note: done"]]');
INSERT INTO "evidence" VALUES(22,NULL,1008,'2026-11-20 10:01:00.000000','deleted','asked to be forgotten','[]');
INSERT INTO "evidence" VALUES(23,10,1010,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["route","no earlier ticket",""],["send","confirmation","outbox 28 to person 4"],["send","new_ticket","outbox 29 to person 1"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(24,NULL,1010,'2026-11-20 10:00:00.000000','recorded','license found','[["license","found","****-****-ABCD"],["verdict","recorded","license found"]]');
INSERT INTO "evidence" VALUES(25,11,1011,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["route","no earlier ticket",""],["confirm","no","budget exhausted"],["send","new_ticket","outbox 30 to person 1"],["verdict","opened","new"]]');
CREATE TABLE intake (
	id INTEGER NOT NULL, 
	source VARCHAR NOT NULL, 
	received_at DATETIME NOT NULL, 
	reverse_path VARCHAR NOT NULL, 
	recipients_json VARCHAR NOT NULL, 
	peer VARCHAR NOT NULL, 
	authserv_id VARCHAR NOT NULL, 
	network BOOLEAN NOT NULL, 
	login VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	claimed BOOLEAN NOT NULL, 
	alone BOOLEAN NOT NULL, 
	released BOOLEAN NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME, 
	identity VARCHAR, 
	verdict VARCHAR, 
	reason VARCHAR NOT NULL, 
	error VARCHAR NOT NULL, 
	ticket INTEGER, 
	desks_json VARCHAR NOT NULL, 
	finished_at DATETIME, 
	origin VARCHAR, 
	CONSTRAINT intake_pkey PRIMARY KEY (id), 
	CONSTRAINT intake_identity_unique UNIQUE (identity), 
	CONSTRAINT intake_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "intake" VALUES(1,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'d7b5500fc8e1ea09d6721d7e9ca532a448ce7e6839ca0072802d1c37236c6529','opened','new','',1001,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(2,'smtp','2026-11-20 10:00:00.000000','eve@elsewhere.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'7c898ef53791544a28c7269c0a03413ebe0c2f85fa89c085af620e1d05bca05d','opened','new','',1002,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(3,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'460ca4fc1f277bce912af69b621c0a1e64ff517a7d53a32c1f9c75a18f9ebee1','opened','new','',1003,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(4,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'253df30c2c6c465b7dcf84d9294ee93d0f72162b8eaa7c59059847f7fc128bd6','opened','new','',1004,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(5,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'e6a51dc15ac2b03efe4a6f96463f03e084f18253e4debd4e0b2c2bb9628ae4e2','opened','new','',1005,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(6,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'bf4210f0aa1f7eaf881fa24a930f5ccdc25d64678e1667bc0d1421d81118e295','opened','new','',1006,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(7,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'f0cd1249508e29562f5e3e5c49f105eefb94ff2d701ef3922703a9261af96b92','opened','new','',1007,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(8,'smtp','2026-11-20 10:00:00.000000','','[]','','mx.example.test',0,'','done',0,0,0,0,NULL,'d9c71c1fda93fba18d7442a87abb55ba76955a30ef5444059a2b2ceabd716e87','opened','the ticket was deleted','',1008,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(9,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'0406633bb1b0925be4277bf67ab92961fe2a13ec4180e372a59525c3c57d9e3f','opened','new','',1009,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(10,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'b9b8dadbd189cb5831fbecedda810d56d870cc6ef2b339e2860d3c3cd2ee6a8d','opened','new','',1010,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(11,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'837420c932a05d9d309fdcf152d5050596c891f0432cc120a0b21ed27364a3e5','opened','new','',1011,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(12,'smtp','2026-11-20 10:00:00.000000','eve@elsewhere.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','pending',1,0,0,0,'2026-11-20 10:00:00.000000',NULL,NULL,'','',NULL,'[]',NULL,NULL);
CREATE TABLE ledger (
	id INTEGER NOT NULL, 
	holder VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	credits INTEGER NOT NULL, 
	ticket INTEGER, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	note VARCHAR NOT NULL, 
	reference VARCHAR NOT NULL, 
	CONSTRAINT ledger_pkey PRIMARY KEY (id), 
	CONSTRAINT ledger_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "ledger" VALUES(1,'acme','granted',5,NULL,'2026-11-20 10:00:00.000000','operator','paid','order 1');
INSERT INTO "ledger" VALUES(2,'@example.com','granted',2,NULL,'2026-11-20 10:00:00.000000','operator','','');
CREATE TABLE license_answers (
	provider VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	record_json VARCHAR NOT NULL, 
	asked_at DATETIME, 
	trouble VARCHAR NOT NULL, 
	tries INTEGER NOT NULL, 
	due_at DATETIME, 
	CONSTRAINT license_answers_pkey PRIMARY KEY (provider, fingerprint)
);
INSERT INTO "license_answers" VALUES('shop','0e50dd9331097bc5963eb748c26e5e6f7709fc7ddde85558313b91a28bc4469f','found','{"state":"active","detail":"","product":"Planner","product_id":"","plan":"","expires_at":null,"support_until":null,"activations_used":null,"activations_max":null,"activations":[],"owner_name":"","owner_company":"","owner_addresses":["eva@owner.example"],"history_url":""}','2026-11-20 10:00:00.000000','',0,NULL);
INSERT INTO "license_answers" VALUES('shop','ce63f28bb6a79f8234a81ae741eef20bb5a09921931dfe6bfff22f988cddd1e5','','',NULL,'down',1,'2026-11-20 10:01:00.000000');
CREATE TABLE licenses (
	ticket INTEGER NOT NULL, 
	provider VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	masked VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	quoted BOOLEAN NOT NULL, 
	intake INTEGER, 
	CONSTRAINT licenses_pkey PRIMARY KEY (ticket, provider, fingerprint), 
	CONSTRAINT licenses_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT licenses_intake_fkey FOREIGN KEY(intake) REFERENCES intake (id)
);
INSERT INTO "licenses" VALUES(1010,'shop','0e50dd9331097bc5963eb748c26e5e6f7709fc7ddde85558313b91a28bc4469f',0,'****-****-ABCD','unknown',0,10);
INSERT INTO "licenses" VALUES(1011,'shop','ce63f28bb6a79f8234a81ae741eef20bb5a09921931dfe6bfff22f988cddd1e5',0,'****-****-WXYZ','unknown',0,11);
CREATE TABLE links (
	ticket INTEGER NOT NULL, 
	other INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	CONSTRAINT links_pkey PRIMARY KEY (ticket, other, kind), 
	CONSTRAINT links_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT links_other_fkey FOREIGN KEY(other) REFERENCES tickets (number)
);
INSERT INTO "links" VALUES(1004,1003,'related');
CREATE TABLE logins (
	"key" VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT logins_pkey PRIMARY KEY ("key")
);
CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	message_id VARCHAR NOT NULL, 
	notice VARCHAR NOT NULL, 
	desk VARCHAR NOT NULL, 
	recipient VARCHAR NOT NULL, 
	recipient_key VARCHAR NOT NULL, 
	recipient_name VARCHAR NOT NULL, 
	person INTEGER, 
	ticket INTEGER, 
	entry INTEGER, 
	from_name VARCHAR NOT NULL, 
	from_address VARCHAR NOT NULL, 
	purpose VARCHAR, 
	version INTEGER NOT NULL, 
	auto_submitted VARCHAR NOT NULL, 
	null_reverse_path BOOLEAN NOT NULL, 
	in_reply_to VARCHAR NOT NULL, 
	references_json VARCHAR NOT NULL, 
	files_json VARCHAR NOT NULL, 
	variables_json VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	state VARCHAR NOT NULL, 
	attempts INTEGER NOT NULL, 
	due_at DATETIME, 
	lease_until DATETIME, 
	rendered_json VARCHAR, 
	last_detail VARCHAR NOT NULL, 
	delivered_at DATETIME, 
	CONSTRAINT outbox_pkey PRIMARY KEY (id), 
	CONSTRAINT outbox_message_id_unique UNIQUE (message_id), 
	CONSTRAINT outbox_person_fkey FOREIGN KEY(person) REFERENCES people (id), 
	CONSTRAINT outbox_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT outbox_entry_fkey FOREIGN KEY(entry) REFERENCES entries (id)
);
INSERT INTO "outbox" VALUES(1,'cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test','confirmation','support','ana@customer.example','ana@customer.example','',4,1001,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaaaryatcu7p7pccfdqgu37foezge2@example.test?subject=Close%20%5BTICK-1001%5D&body=%23close"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(2,'cbwqaaaaaabe6zpmqhhgrzgww7cbwtcwp75u6@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1001,1,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]','[{"intake":1,"part":"","filename":"a.pdf","content_type":"application/pdf","size":3,"sha256":"5555555555555555555555555555555555555555555555555555555555555555","content_id":"","inline":false}]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[{"filename":"a.pdf","size":3,"size_text":"3 Bytes","content_type":"application/pdf","sent":true,"why_not":""}],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaabhsjc4mxnozjretryjfchwpbqwy@example.test?subject=Take%20%5BTICK-1001%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(3,'cbwqaaaaaabs7q4vw6d74grz44xpkemm26nn2@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1001,1,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]','[{"intake":1,"part":"","filename":"a.pdf","content_type":"application/pdf","size":3,"sha256":"5555555555555555555555555555555555555555555555555555555555555555","content_id":"","inline":false}]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[{"filename":"a.pdf","size":3,"size_text":"3 bytes","content_type":"application/pdf","sent":true,"why_not":""}],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaab63ysbbwfwkjr4huimhzwdt44pg@example.test?subject=Take%20%5BTICK-1001%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(4,'cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test','confirmation','support','eve@elsewhere.example','eve@elsewhere.example','',5,1002,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'f731e8278bd9463b2ffbb3f8830c173d@mua.example','["f731e8278bd9463b2ffbb3f8830c173d@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaacgfm4426kjhjq7xws54xrt3l2wa@example.test?subject=Close%20%5BTICK-1002%5D&body=%23close"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(5,'cbwqaaaaaaczgc33rm3qgtyylxvgjaem6qdze@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1002,2,'eve (Example Support)','notifications@example.test','a',1,'auto-generated',0,'f731e8278bd9463b2ffbb3f8830c173d@mua.example','["f731e8278bd9463b2ffbb3f8830c173d@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]','[]','{"echo":true,"author":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaacqvqcuhv42kajfgvlivegmf4vvk@example.test?subject=Take%20%5BTICK-1002%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(6,'cbwqaaaaaadaif4djx5ityajsfvcqtlmbnx2w@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1002,2,'eve (Example Support)','notifications@example.test','a',1,'auto-generated',0,'f731e8278bd9463b2ffbb3f8830c173d@mua.example','["f731e8278bd9463b2ffbb3f8830c173d@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]','[]','{"echo":true,"author":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaadk5hu2aj5o7673pd3bu65sdfgkm@example.test?subject=Take%20%5BTICK-1002%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(7,'cbwqaaaaaadqve5zz6pefuuchz5xdhy4saiei@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1003,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example','["4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaadtavjtptvglncqcqvq3f7oo5rku@example.test?subject=Close%20%5BTICK-1003%5D&body=%23close"},{"name":"raise","href":"mailto:support%2Bcbzaaaaaaaduoqcalvmfgihptuyfsonfznv5i@example.test?subject=Raise%20%5BTICK-1003%5D&body=%23raise"}],"promised":{"at":"2026-11-21T10:00:00+00:00","zone":"UTC"},"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(8,'cbwqaaaaaaebvcl55wn35xbccdv3w2ywl6iai@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1003,3,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example','["4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example","cbwqaaaaaadqve5zz6pefuuchz5xdhy4saiei@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaeff5ycwej3gmlpt2xwe677cszx6@example.test?subject=Take%20%5BTICK-1003%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(9,'cbwqaaaaaaev3giwu5empbxs4jvl3qchgvpeg@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1003,3,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example','["4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example","cbwqaaaaaadqve5zz6pefuuchz5xdhy4saiei@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaetqzy327avnhnabdfkihw3jnyag@example.test?subject=Take%20%5BTICK-1003%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(10,'cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1004,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'80285e8208894a762723cd08ab60ff6d@mua.example','["80285e8208894a762723cd08ab60ff6d@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaafjo26n32z7xdza4z4jnib2guhom@example.test?subject=Close%20%5BTICK-1004%5D&body=%23close"},{"name":"raise","href":"mailto:support%2Bcbzaaaaaaafpwro4algg4344m33lnrxykyp74@example.test?subject=Raise%20%5BTICK-1004%5D&body=%23raise"}],"promised":{"at":"2026-11-21T10:00:00+00:00","zone":"UTC"},"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"snoozed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(11,'cbwqaaaaaafw2kzkbsj56nauvpv44csgo3pjw@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1004,4,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'80285e8208894a762723cd08ab60ff6d@mua.example','["80285e8208894a762723cd08ab60ff6d@mua.example","cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaafxvv43hmvzk5eyeqlufn4434tkg@example.test?subject=Take%20%5BTICK-1004%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"snoozed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(12,'cbwqaaaaaagllrk2jg2yccy5etznmlsl4ab2s@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1004,4,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'80285e8208894a762723cd08ab60ff6d@mua.example','["80285e8208894a762723cd08ab60ff6d@mua.example","cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaago6t7hythls2bv2c6edabjpww3c@example.test?subject=Take%20%5BTICK-1004%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"snoozed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(13,'cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1005,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'adc3316053adf38b193b3c1c562254a8@mua.example','["adc3316053adf38b193b3c1c562254a8@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaag4njkv47y6zteaxhfkna3q6dsec@example.test?subject=Close%20%5BTICK-1005%5D&body=%23close"},{"name":"raise","href":"mailto:support%2Bcbzaaaaaaag7eluwnom6js3e4tlovmoblg3o6@example.test?subject=Raise%20%5BTICK-1005%5D&body=%23raise"}],"promised":{"at":"2026-11-21T10:00:00+00:00","zone":"UTC"},"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"resolved","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(14,'cbwqaaaaaahbj4mxduxnigjomre3w7tjiuej2@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1005,5,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'adc3316053adf38b193b3c1c562254a8@mua.example','["adc3316053adf38b193b3c1c562254a8@mua.example","cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaahpyoa3jaambjgyifgxjbs3oaucw@example.test?subject=Take%20%5BTICK-1005%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"resolved","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(15,'cbwqaaaaaahxfauxwddvbq5dx4gkxx7iknroo@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1005,5,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'adc3316053adf38b193b3c1c562254a8@mua.example','["adc3316053adf38b193b3c1c562254a8@mua.example","cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaah27gz4aoioz77og2i3q7kuclrfg@example.test?subject=Take%20%5BTICK-1005%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"resolved","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(16,'cbwqaaaaaaievkhnx3nt6i3gshzmam6fg5prk@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1006,6,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'9609af39561eeb6ad95284a075c8f0f9@mua.example','["9609af39561eeb6ad95284a075c8f0f9@mua.example"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaimnkhmrpupanvfjfp7cfu26gwea@example.test?subject=Take%20%5BTICK-1006%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1006,"tag":"TICK-1006","subject":"closed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(17,'cbwqaaaaaaiyqczjpty3fq7hwxydujmnl2ft6@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1006,6,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'9609af39561eeb6ad95284a075c8f0f9@mua.example','["9609af39561eeb6ad95284a075c8f0f9@mua.example"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaiscu2r6eqnrb7kgsi57pp7fmpxs@example.test?subject=Take%20%5BTICK-1006%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1006,"tag":"TICK-1006","subject":"closed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(18,'cbwqaaaaaajjzcarbk26ximaof24fp5ognnzc@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1007,8,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'cb5e5e996674c0f18218110f443bbbc3@mua.example','["cb5e5e996674c0f18218110f443bbbc3@mua.example"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaajezvn3um4gy5oyl4rdiqrtslmng@example.test?subject=Take%20%5BTICK-1007%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1007,"tag":"TICK-1007","subject":"merged","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(19,'cbwqaaaaaajql4xwwjqtb6rxkf3diy2y6amee@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1007,8,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'cb5e5e996674c0f18218110f443bbbc3@mua.example','["cb5e5e996674c0f18218110f443bbbc3@mua.example"]','[]','{"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaj6ldq66qqoxsus4oskydp3wjb4k@example.test?subject=Take%20%5BTICK-1007%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1007,"tag":"TICK-1007","subject":"merged","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(22,'cbwqaaaaaalpxkol5djuugk5pdtevm5o6dwyw@example.test','confirmation','support','ana@customer.example','ana@customer.example','',4,1009,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'5ac133dbc7e46ca334459a60fdb3648c@mua.example','["5ac133dbc7e46ca334459a60fdb3648c@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaaldadafzkbu5gljueld6rjgvni6k@example.test?subject=Close%20%5BTICK-1009%5D&body=%23close"},{"name":"raise","href":"mailto:support%2Bcbzaaaaaaalc3dk3utsmwnsuofpbdgdqh4jdq@example.test?subject=Raise%20%5BTICK-1009%5D&body=%23raise"}],"promised":{"at":"2026-11-21T10:00:00+00:00","zone":"UTC"},"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1009,"tag":"TICK-1009","subject":"with a target","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(23,'cbwqaaaaaal7aahsoschllit52s5fp6fsbf5i@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1009,12,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'5ac133dbc7e46ca334459a60fdb3648c@mua.example','["5ac133dbc7e46ca334459a60fdb3648c@mua.example","cbwqaaaaaalpxkol5djuugk5pdtevm5o6dwyw@example.test"]','[]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaalvlxzgck7d5dgzmzkrg7vod454k@example.test?subject=Take%20%5BTICK-1009%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1009,"tag":"TICK-1009","subject":"with a target","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(24,'cbwqaaaaaamezk7z7vmeqfadswsxayvmdgfik@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1009,12,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'5ac133dbc7e46ca334459a60fdb3648c@mua.example','["5ac133dbc7e46ca334459a60fdb3648c@mua.example","cbwqaaaaaalpxkol5djuugk5pdtevm5o6dwyw@example.test"]','[]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaamkxfxmvbwxb2zzablbzvjt2sm32@example.test?subject=Take%20%5BTICK-1009%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1009,"tag":"TICK-1009","subject":"with a target","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(25,'cbwqaaaaaamxvjycdo57ml3fm46pwqfsdrom6@example.test','assigned','support','carl@example.test','carl@example.test','Carl',2,1004,4,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'','["80285e8208894a762723cd08ab60ff6d@mua.example","cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test"]','[]','{"echo":true,"author":null,"text":"It burns.","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":"Carl"},"actions":[],"promised":null,"duplicates":[],"clocks":[{"kind":"first_response","due_at":"2026-11-21T10:00:00+00:00","zone":"UTC","state":"running","left":"1 d"}],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":{"name":"Bob Agent"},"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"snoozed","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(26,'cbwqaaaaaanancqocuo3tqsaqbpeqyincufqg@example.test','resolved','support','kim@third.example','kim@third.example','',6,1005,NULL,'Example Support','support@example.test','c',1,'auto-generated',0,'','["adc3316053adf38b193b3c1c562254a8@mua.example","cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Resolved","color":"green","priority":"High","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaankb6pzsgthokl4ayu6e6b7bgim4@example.test?subject=Close%20%5BTICK-1005%5D&body=%23close"},{"name":"reopen","href":"mailto:support%2Bcbxqaaaaaanjhitrqr4j6xxa26zsygz7iptvw@example.test?subject=Reopen%20%5BTICK-1005%5D&body=%23reopen"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{"at":"2026-11-27T12:00:00+00:00","zone":"UTC"},"by":{"name":"Carl"},"help":false,"can_mute":true,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"resolved","status":"resolved","priority":"high","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 12:00:00.000000','queued',0,'2026-11-20 12:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(27,'cbwqaaaaaanwnok5y3jnjewta3wz7oyt6owsy@example.test','closed','support','kim@third.example','kim@third.example','',6,1006,NULL,'Example Support','support@example.test','c',1,'auto-generated',0,'','["9609af39561eeb6ad95284a075c8f0f9@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Closed","color":"gray","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"reopen","href":"mailto:support%2Bcbxqaaaaaanuwjzocsjgzyplt3y3rnm2xqdxk@example.test?subject=Reopen%20%5BTICK-1006%5D&body=%23reopen"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{"until":"2026-12-20T12:00:00+00:00","zone":"UTC"},"by":{"name":"Bob Agent"},"help":false,"can_mute":true,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1006,"tag":"TICK-1006","subject":"closed","status":"closed","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"}}','2026-11-20 12:00:00.000000','queued',0,'2026-11-20 12:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(28,'cbwqaaaaaaopw2iyvloiz4k4rgsjh5p7hqxys@example.test','confirmation','support','ana@customer.example','ana@customer.example','',4,1010,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'cb18ef18a0da6ce0a2cfc54a558b2527@mua.example','["cb18ef18a0da6ce0a2cfc54a558b2527@mua.example"]','[]','{"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"en","state":{"status":"Open","color":"blue","priority":"Normal","category":"General","assignee":""},"actions":[{"name":"close","href":"mailto:support%2Bcb4aaaaaaaoe7gpthgdnpufmnt2fktfiaq4ty@example.test?subject=Close%20%5BTICK-1010%5D&body=%23close"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1010,"tag":"TICK-1010","subject":"Which printer","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(29,'cbwqaaaaaaozkzdwtwvuydmuepmkgmxylumxa@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1010,28,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'cb18ef18a0da6ce0a2cfc54a558b2527@mua.example','["cb18ef18a0da6ce0a2cfc54a558b2527@mua.example","cbwqaaaaaaopw2iyvloiz4k4rgsjh5p7hqxys@example.test"]','[]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"My key is ACME-1234-ABCD","attachments":[],"history":[],"keys":[{"masked":"****-****-ABCD","provider":"shop","quoted":false}],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaou523iovran7akw3vxlkg5d4cmi@example.test?subject=Take%20%5BTICK-1010%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1010,"tag":"TICK-1010","subject":"Which printer","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:00.000000',NULL,NULL,'',NULL);
INSERT INTO "outbox" VALUES(30,'cbwqaaaaaapdigsvs3pcmrj5qfdbyg3g2ax4u@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1011,30,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'3ad1e82976a2a9d9d24f8763be189d2e@mua.example','["3ad1e82976a2a9d9d24f8763be189d2e@mua.example"]','[]','{"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"My key is ACME-9999-WXYZ","attachments":[],"history":[],"keys":[{"masked":"****-****-WXYZ","provider":"shop","quoted":false}],"licenses":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","nothing_done":false,"folded":0,"reachable":true,"forwarded_by":null,"facts":[],"language":"de","state":{"status":"Offen","color":"blue","priority":"Normal","category":"Allgemein","assignee":""},"actions":[{"name":"take","href":"mailto:support%2Bcb2aaaaaaaphsjg5udnju3t7lzwnjnhawg4a6@example.test?subject=Take%20%5BTICK-1011%5D&body=%23take"}],"promised":null,"duplicates":[],"clocks":[],"lines":[],"told":[],"tickets":[],"query":"","more":0,"event":{},"by":null,"help":false,"can_mute":false,"desk":{"name":"support","display_name":"Example Support","address":"support@example.test","language":"en"},"ticket":{"number":1011,"tag":"TICK-1011","subject":"Another key","status":"open","priority":"normal","category":"general","own":{"status":"","priority":"","category":""},"created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"}}','2026-11-20 10:00:00.000000','queued',0,'2026-11-20 10:00:10.000000',NULL,NULL,'',NULL);
CREATE TABLE participants (
	ticket INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	CONSTRAINT participants_pkey PRIMARY KEY (ticket, person), 
	CONSTRAINT participants_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT participants_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "participants" VALUES(1001,4,'requester');
INSERT INTO "participants" VALUES(1002,5,'requester');
INSERT INTO "participants" VALUES(1003,6,'requester');
INSERT INTO "participants" VALUES(1004,6,'requester');
INSERT INTO "participants" VALUES(1005,6,'requester');
INSERT INTO "participants" VALUES(1006,6,'requester');
INSERT INTO "participants" VALUES(1007,6,'requester');
INSERT INTO "participants" VALUES(1009,4,'requester');
INSERT INTO "participants" VALUES(1010,4,'requester');
INSERT INTO "participants" VALUES(1011,4,'requester');
CREATE TABLE people (
	id INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	language VARCHAR DEFAULT '' NOT NULL, 
	zone VARCHAR DEFAULT '' NOT NULL, 
	sms VARCHAR DEFAULT '' NOT NULL, 
	muted_json VARCHAR DEFAULT '[]' NOT NULL, 
	CONSTRAINT people_pkey PRIMARY KEY (id)
);
INSERT INTO "people" VALUES(1,'bob@example.test','Bob Agent','de','Europe/Berlin','','["note_added"]');
INSERT INTO "people" VALUES(2,'carl@example.test','Carl','','','+49 170 0000000','[]');
INSERT INTO "people" VALUES(3,'dan@example.test','Dan','','','','[]');
INSERT INTO "people" VALUES(4,'ana@customer.example','','','','','[]');
INSERT INTO "people" VALUES(5,'eve@elsewhere.example','','','','','[]');
INSERT INTO "people" VALUES(6,'kim@third.example','','de','Europe/Madrid','','[]');
INSERT INTO "people" VALUES(7,'ana@example.com','Ana Ruiz','de','Europe/Madrid','','[]');
CREATE TABLE raw_messages (
	intake INTEGER NOT NULL, 
	sha256 VARCHAR NOT NULL, 
	size INTEGER NOT NULL, 
	encoding VARCHAR NOT NULL, 
	path VARCHAR, 
	body BLOB, 
	CONSTRAINT raw_messages_pkey PRIMARY KEY (intake), 
	CONSTRAINT raw_messages_intake_fkey FOREIGN KEY(intake) REFERENCES intake (id)
);
INSERT INTO "raw_messages" VALUES(1,'7bf55d0ae70b53ca0cc352424cc5aaf6a36beb200dd81a575fda05f77a6f6864',20,'none',NULL,X'6D61696C205072696E746572206F6E2066697265');
INSERT INTO "raw_messages" VALUES(2,'f5658a69bcd1c75567ac822f5d03f0644efeab2cf21df3631cfdd33aa5e2a2d1',20,'none',NULL,X'6D61696C205365636F6E64207175657374696F6E');
INSERT INTO "raw_messages" VALUES(3,'569a6380b81150de38809c29d73dea8e5377518e1111eff52225c6a33780a576',12,'none',NULL,X'6D61696C2077616974696E67');
INSERT INTO "raw_messages" VALUES(4,'f589f6184114405a345dc26ea93a868a2ef0d560cd8172e4ca229bd69932ce0e',12,'none',NULL,X'6D61696C20736E6F6F7A6564');
INSERT INTO "raw_messages" VALUES(5,'2c821f95c4a25661c553b5a4ea7fcc5ee453ddb1b6a273c9903336003bbb98bc',13,'none',NULL,X'6D61696C207265736F6C766564');
INSERT INTO "raw_messages" VALUES(6,'c6e17247d49ed3baa1dc3fd317c2965e36a32f64c34b0f2a7791724988db0e43',11,'none',NULL,X'6D61696C20636C6F736564');
INSERT INTO "raw_messages" VALUES(7,'ea450b6eec61c78414eb86097f8efe5d9e15ea17399664c09cb6384af3d8a0d0',11,'none',NULL,X'6D61696C206D6572676564');
INSERT INTO "raw_messages" VALUES(9,'81b880a24076656680d4a83e3ad98fcfa222676834fe1dd39059797205a208dc',18,'none',NULL,X'6D61696C2077697468206120746172676574');
INSERT INTO "raw_messages" VALUES(10,'2f377155f2016c47afc3de79424cc986ed08a8ea02ad79c6168d4717afade80a',18,'none',NULL,X'6D61696C205768696368207072696E746572');
INSERT INTO "raw_messages" VALUES(11,'53db38dd0785d0adc2c4d53c8e0cfd0634f08ebc8f9b902fc686652879967235',16,'none',NULL,X'6D61696C20416E6F74686572206B6579');
INSERT INTO "raw_messages" VALUES(12,'3367f15dd4f73fb1c21b1f82bb9ba64fa4c4c21c02dc09992274cddda890a33f',10,'none',NULL,X'6D61696C207761697473');
CREATE TABLE tags (
	ticket INTEGER NOT NULL, 
	tag VARCHAR NOT NULL, 
	CONSTRAINT tags_pkey PRIMARY KEY (ticket, tag), 
	CONSTRAINT tags_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "tags" VALUES(1003,'fire');
INSERT INTO "tags" VALUES(1003,'smoke');
CREATE TABLE tickets (
	number INTEGER NOT NULL, 
	desk VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	requester INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	status VARCHAR NOT NULL, 
	priority VARCHAR NOT NULL, 
	category VARCHAR NOT NULL, 
	assignee INTEGER, 
	version INTEGER NOT NULL, 
	first_response_at DATETIME, 
	closed_at DATETIME, 
	merged_into INTEGER, 
	possibly_about INTEGER, 
	references_json VARCHAR NOT NULL, 
	deleted_at DATETIME, 
	service_level VARCHAR DEFAULT '' NOT NULL, 
	status_since DATETIME, 
	reminded_at DATETIME, 
	snoozed_until DATETIME, 
	clocks_json VARCHAR DEFAULT '[]' NOT NULL, 
	target_at DATETIME, 
	due_at DATETIME, 
	CONSTRAINT tickets_pkey PRIMARY KEY (number), 
	CONSTRAINT tickets_requester_fkey FOREIGN KEY(requester) REFERENCES people (id), 
	CONSTRAINT tickets_assignee_fkey FOREIGN KEY(assignee) REFERENCES people (id), 
	CONSTRAINT tickets_merged_into_fkey FOREIGN KEY(merged_into) REFERENCES tickets (number), 
	CONSTRAINT tickets_possibly_about_fkey FOREIGN KEY(possibly_about) REFERENCES tickets (number)
);
INSERT INTO "tickets" VALUES(1001,'support','Printer on fire',4,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,NULL);
INSERT INTO "tickets" VALUES(1002,'support','Second question',5,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["f731e8278bd9463b2ffbb3f8830c173d@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,NULL);
INSERT INTO "tickets" VALUES(1003,'support','waiting',6,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','waiting','normal','general',1,1,NULL,NULL,NULL,NULL,'["4d0bfb77f7c5f8f6aab113b6c51c3b3a@mua.example","cbwqaaaaaadqve5zz6pefuuchz5xdhy4saiei@example.test"]',NULL,'','2026-11-20 10:21:00.000000',NULL,NULL,'[{"kind":"first_response","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T10:21:00+00:00"]],"target":86400.0,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T10:21:00+00:00"]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,'2026-11-22 10:21:00.000000');
INSERT INTO "tickets" VALUES(1004,'support','snoozed',6,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',2,1,NULL,NULL,NULL,NULL,'["80285e8208894a762723cd08ab60ff6d@mua.example","cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test"]',NULL,'','2026-11-20 10:00:00.000000',NULL,'2026-11-22 09:00:00.000000','[{"kind":"first_response","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":86400.0,"due_at":"2026-11-21T10:00:00+00:00","met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]','2026-11-21 10:00:00.000000','2026-11-21 05:12:00.000000');
INSERT INTO "tickets" VALUES(1005,'support','resolved',6,'2026-11-20 10:00:00.000000','2026-11-20 12:00:00.000000','resolved','high','general',NULL,1,NULL,NULL,NULL,NULL,'["adc3316053adf38b193b3c1c562254a8@mua.example","cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test","cbwqaaaaaanancqocuo3tqsaqbpeqyincufqg@example.test"]',NULL,'','2026-11-20 12:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"portal","priority":"high","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T12:00:00+00:00"]],"target":14400.0,"due_at":null,"met_at":"2026-11-20T12:00:00+00:00","warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"high","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T12:00:00+00:00"]],"target":null,"due_at":null,"met_at":"2026-11-20T12:00:00+00:00","warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,'2026-11-25 12:00:00.000000');
INSERT INTO "tickets" VALUES(1006,'support','closed',6,'2026-11-20 10:00:00.000000','2026-11-20 12:00:00.000000','closed','normal','general',NULL,1,NULL,'2026-11-20 12:00:00.000000',NULL,NULL,'["9609af39561eeb6ad95284a075c8f0f9@mua.example","cbwqaaaaaanwnok5y3jnjewta3wz7oyt6owsy@example.test"]',NULL,'','2026-11-20 12:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T12:00:00+00:00"]],"target":86400.0,"due_at":null,"met_at":"2026-11-20T12:00:00+00:00","warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00","2026-11-20T12:00:00+00:00"]],"target":null,"due_at":null,"met_at":"2026-11-20T12:00:00+00:00","warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,NULL);
INSERT INTO "tickets" VALUES(1007,'support','merged',6,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["cb5e5e996674c0f18218110f443bbbc3@mua.example"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":86400.0,"due_at":"2026-11-21T10:00:00+00:00","met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]','2026-11-21 10:00:00.000000','2026-11-21 05:12:00.000000');
INSERT INTO "tickets" VALUES(1008,'support','',6,'2026-11-20 10:00:00.000000','2026-11-20 10:01:00.000000','closed','normal','general',NULL,2,NULL,'2026-11-20 10:01:00.000000',NULL,NULL,'[]','2026-11-20 10:01:00.000000','','2026-11-20 10:00:00.000000',NULL,NULL,'[]',NULL,NULL);
INSERT INTO "tickets" VALUES(1009,'support','with a target',4,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["5ac133dbc7e46ca334459a60fdb3648c@mua.example","cbwqaaaaaalpxkol5djuugk5pdtevm5o6dwyw@example.test"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":86400.0,"due_at":"2026-11-21T10:00:00+00:00","met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"portal","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]','2026-11-21 10:00:00.000000','2026-11-21 05:12:00.000000');
INSERT INTO "tickets" VALUES(1010,'support','Which printer',4,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["cb18ef18a0da6ce0a2cfc54a558b2527@mua.example","cbwqaaaaaaopw2iyvloiz4k4rgsjh5p7hqxys@example.test"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,NULL);
INSERT INTO "tickets" VALUES(1011,'support','Another key',4,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["3ad1e82976a2a9d9d24f8763be189d2e@mua.example"]',NULL,'','2026-11-20 10:00:00.000000',NULL,NULL,'[{"kind":"first_response","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0},{"kind":"resolution","level":"","priority":"normal","zone":"UTC","started_at":"2026-11-20T10:00:00+00:00","spans":[["2026-11-20T10:00:00+00:00",null]],"target":null,"due_at":null,"met_at":null,"warned_at":null,"breached_at":null,"raised":false,"breaches":0}]',NULL,NULL);
CREATE INDEX license_answers_due ON license_answers (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX agreements_holder_id ON agreements (holder, id);
CREATE INDEX addresses_person ON addresses (person);
CREATE INDEX tickets_in_hand ON tickets (assignee) WHERE assignee IS NOT NULL AND status IN ('open', 'in_progress');
CREATE INDEX tickets_status_number ON tickets (status, number);
CREATE INDEX tickets_requester_number ON tickets (requester, number);
CREATE INDEX tickets_due ON tickets (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX account_members_member ON account_members (member);
CREATE INDEX tags_tag_ticket ON tags (tag, ticket);
CREATE INDEX links_other ON links (other);
CREATE INDEX intake_quarantined ON intake (id) WHERE state = 'quarantined';
CREATE INDEX intake_due ON intake (claimed, alone, id) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX intake_origin ON intake (origin) WHERE origin IS NOT NULL;
CREATE UNIQUE INDEX ledger_reference ON ledger (holder, reference) WHERE reference <> '';
CREATE INDEX ledger_holder_id ON ledger (holder, id);
CREATE INDEX ledger_ticket ON ledger (ticket) WHERE ticket IS NOT NULL;
CREATE INDEX entries_message_id_ticket ON entries (message_id, ticket) WHERE message_id <> '';
CREATE INDEX entries_ticket_id ON entries (ticket, id);
CREATE INDEX entries_parked ON entries (ticket) WHERE parked <> '';
CREATE INDEX licenses_fingerprint ON licenses (fingerprint);
CREATE INDEX evidence_ticket_id ON evidence (ticket, id) WHERE ticket IS NOT NULL;
CREATE INDEX evidence_intake ON evidence (intake);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_ticket_id ON outbox (ticket, id);
CREATE INDEX outbox_stopped ON outbox (id) WHERE state IN ('failed', 'held');
CREATE INDEX outbox_automatic ON outbox (recipient_key, created_at) WHERE auto_submitted <> '';
COMMIT;
