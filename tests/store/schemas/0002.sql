BEGIN TRANSACTION;
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
CREATE TABLE agents (
	person INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	source VARCHAR NOT NULL, 
	CONSTRAINT agents_pkey PRIMARY KEY (person), 
	CONSTRAINT agents_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "agents" VALUES(1,1,'config');
INSERT INTO "agents" VALUES(2,1,'config');
INSERT INTO "agents" VALUES(3,1,'command');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0002');
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
INSERT INTO "attachments" VALUES(1,0,'a.pdf','application/pdf',13,'5555555555555555555555555555555555555555555555555555555555555555',0,'','2',1,0);
CREATE TABLE counters (
	name VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT counters_pkey PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('ticket',1007);
INSERT INTO "counters" VALUES('person',6);
INSERT INTO "counters" VALUES('entry',22);
INSERT INTO "counters" VALUES('outbox',21);
INSERT INTO "counters" VALUES('intake',13);
INSERT INTO "counters" VALUES('evidence',16);
CREATE TABLE cursors (
	source VARCHAR NOT NULL, 
	position VARCHAR NOT NULL, 
	moved_at DATETIME NOT NULL, 
	CONSTRAINT cursors_pkey PRIMARY KEY (source)
);
INSERT INTO "cursors" VALUES('imap','42:1','2026-11-20 10:00:00.000000');
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
	CONSTRAINT entries_pkey PRIMARY KEY (id), 
	CONSTRAINT entries_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT entries_author_fkey FOREIGN KEY(author) REFERENCES people (id), 
	CONSTRAINT entries_intake_fkey FOREIGN KEY(intake) REFERENCES intake (id)
);
INSERT INTO "entries" VALUES(1,1001,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','41b30d385478a8bf9c7238f1b957e327@mua.example',1,'','',1,'It burns.','');
INSERT INTO "entries" VALUES(2,1002,'message','2026-11-20 10:00:00.000000','public',5,'eve@elsewhere.example','','2eb23a1d86f6160a5de80973fe7818d3@mua.example',2,'','',1,'Ünïcode größer','');
INSERT INTO "entries" VALUES(3,1001,'message','2026-11-20 10:00:00.000000','public',4,'ana@customer.example','','4dc2b1f41455ed333d9eeeb6b2e25598@mua.example',4,'','',2,'It burns again.','');
INSERT INTO "entries" VALUES(4,1003,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','747279a8478723566ce06611e7bc5125@mua.example',5,'','',1,'It is waiting.','');
INSERT INTO "entries" VALUES(5,1004,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','c5309a0c9a44235e96cce97c9b7fac3d@mua.example',6,'','',1,'It is resolved.','');
INSERT INTO "entries" VALUES(6,1005,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','64cf885075eba12703223c0c644ca79f@mua.example',7,'','',1,'It is closed.','');
INSERT INTO "entries" VALUES(7,1006,'message','2026-11-20 10:00:00.000000','public',6,'kim@third.example','','dae976b865a35fe0b2ff6972d6fe7f95@mua.example',8,'','',1,'It is in progress.','');
INSERT INTO "entries" VALUES(8,1006,'event','2026-11-20 10:00:00.000000','internal',NULL,'','','',NULL,'','budget exhausted',1,'No confirmation was sent: the budget of this address is exhausted','');
INSERT INTO "entries" VALUES(11,1001,'answer','2026-11-20 11:00:00.000000','public',1,'bob@example.test','Bob Agent','answer-1001@agents.example',NULL,'','answer',3,'Have you tried water?','');
INSERT INTO "entries" VALUES(12,1001,'event','2026-11-20 11:00:00.000000','public',NULL,'','','',NULL,'','agent answered',3,'Status: open → open','');
INSERT INTO "entries" VALUES(13,1001,'answer','2026-11-20 12:00:00.000000','internal',1,'bob@example.test','','',NULL,'collision','parked',0,'Or sand?','');
INSERT INTO "entries" VALUES(14,1001,'note','2026-11-20 12:00:00.000000','internal',2,'carl@example.test','','',NULL,'','note',0,'He is nice.','');
INSERT INTO "entries" VALUES(15,1003,'answer','2026-11-20 11:00:00.000000','public',1,'bob@example.test','Bob Agent','answer-1003@agents.example',NULL,'','answer',2,'Have you tried water?','');
INSERT INTO "entries" VALUES(16,1003,'event','2026-11-20 11:00:00.000000','public',NULL,'','','',NULL,'','agent answered',2,'Status: open → waiting','');
INSERT INTO "entries" VALUES(17,1004,'answer','2026-11-20 11:00:00.000000','public',2,'bob@example.test','Bob Agent','answer-1004@agents.example',NULL,'','answer',2,'Have you tried water?','');
INSERT INTO "entries" VALUES(18,1004,'event','2026-11-20 11:00:00.000000','public',NULL,'','','',NULL,'','agent answered',2,'Status: open → resolved','');
INSERT INTO "entries" VALUES(19,1005,'answer','2026-11-20 11:00:00.000000','public',1,'bob@example.test','Bob Agent','answer-1005@agents.example',NULL,'','answer',2,'Have you tried water?','');
INSERT INTO "entries" VALUES(20,1005,'event','2026-11-20 11:00:00.000000','public',NULL,'','','',NULL,'','agent answered',2,'Status: open → closed','');
INSERT INTO "entries" VALUES(21,1006,'answer','2026-11-20 11:00:00.000000','public',2,'bob@example.test','Bob Agent','answer-1006@agents.example',NULL,'','answer',2,'Have you tried water?','');
INSERT INTO "entries" VALUES(22,1006,'event','2026-11-20 11:00:00.000000','public',NULL,'','','',NULL,'','agent answered',2,'Status: open → in_progress','');
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
INSERT INTO "evidence" VALUES(3,3,NULL,'2026-11-20 10:00:00.000000','duplicate','same mail as intake 1','[["identity","seen before","intake 1"],["verdict","duplicate","same mail as intake 1"]]');
INSERT INTO "evidence" VALUES(4,4,1001,'2026-11-20 10:00:00.000000','appended','references','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["references","TICK-1001","Message-ID 41b30d385478a8bf9c7238f1b957e327@mua.example"],["author","proved, takes part as requester",""],["send","customer_replied","outbox 7 to person 1"],["send","customer_replied","outbox 8 to person 2"],["verdict","appended","references"]]');
INSERT INTO "evidence" VALUES(5,5,1003,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 9 to person 6"],["send","new_ticket","outbox 10 to person 1"],["send","new_ticket","outbox 11 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(6,6,1004,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 12 to person 6"],["send","new_ticket","outbox 13 to person 1"],["send","new_ticket","outbox 14 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(7,7,1005,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["send","confirmation","outbox 15 to person 6"],["send","new_ticket","outbox 16 to person 1"],["send","new_ticket","outbox 17 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(8,8,1006,'2026-11-20 10:00:00.000000','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["confirm","no","budget exhausted"],["send","new_ticket","outbox 18 to person 1"],["send","new_ticket","outbox 19 to person 2"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(9,9,1007,'2026-11-20 10:00:00.000000','opened','the ticket was deleted','[]');
INSERT INTO "evidence" VALUES(10,NULL,1001,'2026-11-20 10:00:00.000000','recorded','test','[]');
INSERT INTO "evidence" VALUES(11,NULL,1003,'2026-11-20 10:00:00.000000','recorded','test','[]');
INSERT INTO "evidence" VALUES(12,NULL,1004,'2026-11-20 10:00:00.000000','recorded','test','[]');
INSERT INTO "evidence" VALUES(13,NULL,1005,'2026-11-20 10:00:00.000000','recorded','test','[]');
INSERT INTO "evidence" VALUES(14,NULL,1006,'2026-11-20 10:00:00.000000','recorded','test','[]');
INSERT INTO "evidence" VALUES(15,NULL,1007,'2026-11-20 10:01:00.000000','deleted','asked to be forgotten','[]');
INSERT INTO "evidence" VALUES(16,11,NULL,'2026-11-20 10:00:00.000000','recorded','report','[]');
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
INSERT INTO "intake" VALUES(1,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'1770e7d845811796bc7059b671878caad2aae8df1e1ba0275e869ffc67815e89','opened','new','',1001,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(2,'smtp','2026-11-20 10:00:00.000000','eve@elsewhere.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'8c9062de93677e6f251906fb3291031285ef95350e74655582dcd54c5ca61e49','opened','new','',1002,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(3,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,NULL,'duplicate','same mail as intake 1','',NULL,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(4,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'d981e1f9fe8a68727a9741c56eea329228f9e69cf57526d69cb4ad2d1824b86a','appended','references','',1001,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(5,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'9d05b22202c2e259ffe4402a3a6cc1c6b584255717b70e6cdb217a956e0008cf','opened','new','',1003,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(6,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'a08890c5ea18bc07f8acb593af28249214f5c3732dd018588b0963ff0a145313','opened','new','',1004,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(7,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'26f4a7384e31d0d206ab94c88b682a2c37c467b91727721b035fa251a1c59d9f','opened','new','',1005,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(8,'smtp','2026-11-20 10:00:00.000000','kim@third.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'c6e95957917e3bddaacf5510a821160994a1336668a028aff6c00dbb4603021c','opened','new','',1006,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(9,'smtp','2026-11-20 10:00:00.000000','','[]','','mx.example.test',0,'','done',0,0,0,0,NULL,'4fe55e8145a06eaa7fe7b72d2a81cba00dffe65c678254150140b03a7a262e6c','opened','the ticket was deleted','',1007,'["support"]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(10,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','quarantined',0,0,0,0,NULL,NULL,'quarantined','loop','',NULL,'[]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(11,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','done',0,0,0,0,NULL,'59e4373771c2a0e9b85cf2e73a723d72724d39f6f52dba96845b37644f1837cd','recorded','report','',NULL,'[]','2026-11-20 10:00:00.000000',NULL);
INSERT INTO "intake" VALUES(12,'imap','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','pending',0,0,0,0,'2026-11-20 10:00:00.000000',NULL,NULL,'','',NULL,'[]',NULL,'imap:42:1');
INSERT INTO "intake" VALUES(13,'smtp','2026-11-20 10:00:00.000000','ana@customer.example','["support@example.test"]','192.0.2.1','mx.example.test',0,'','pending',0,0,0,0,'2026-11-20 10:00:00.000000',NULL,NULL,'','',NULL,'[]',NULL,NULL);
CREATE TABLE licenses (
	ticket INTEGER NOT NULL, 
	provider VARCHAR NOT NULL, 
	fingerprint VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	masked VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	quoted BOOLEAN NOT NULL, 
	CONSTRAINT licenses_pkey PRIMARY KEY (ticket, provider, fingerprint), 
	CONSTRAINT licenses_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "licenses" VALUES(1004,'csv','ffffffff',0,'****-1234','valid',0);
CREATE TABLE logins (
	"key" VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	password_hash VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT logins_pkey PRIMARY KEY ("key")
);
INSERT INTO "logins" VALUES('scanner@example.test','scanner@example.test','$scrypt$none','2026-11-20 10:00:00.000000');
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
INSERT INTO "outbox" VALUES(1,'cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test','confirmation','support','ana@customer.example','ana@customer.example','',4,1001,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','delivered',1,NULL,NULL,'["ana@customer.example","words","<p>words</p>"]','outcome 0','2026-11-20 10:01:00.000000');
INSERT INTO "outbox" VALUES(2,'cbwqaaaaaabe6zpmqhhgrzgww7cbwtcwp75u6@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1001,1,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]','[{"intake":1,"part":"2","filename":"a.pdf","content_type":"application/pdf","size":13,"sha256":"5555555555555555555555555555555555555555555555555555555555555555","content_id":"","inline":false}]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[{"filename":"a.pdf","size":13,"size_text":"13 bytes","content_type":"application/pdf","sent":true,"why_not":""}],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','deferred',1,'2026-11-20 11:01:00.000000',NULL,'["bob@example.test","words","<p>words</p>"]','outcome 1',NULL);
INSERT INTO "outbox" VALUES(3,'cbwqaaaaaabs7q4vw6d74grz44xpkemm26nn2@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1001,1,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'41b30d385478a8bf9c7238f1b957e327@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]','[{"intake":1,"part":"2","filename":"a.pdf","content_type":"application/pdf","size":13,"sha256":"5555555555555555555555555555555555555555555555555555555555555555","content_id":"","inline":false}]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns.","attachments":[{"filename":"a.pdf","size":13,"size_text":"13 bytes","content_type":"application/pdf","sent":true,"why_not":""}],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','held',1,NULL,NULL,'["carl@example.test","words","<p>words</p>"]','outcome 2',NULL);
INSERT INTO "outbox" VALUES(4,'cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test','confirmation','support','eve@elsewhere.example','eve@elsewhere.example','',5,1002,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'2eb23a1d86f6160a5de80973fe7818d3@mua.example','["2eb23a1d86f6160a5de80973fe7818d3@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','failed',1,NULL,NULL,'["eve@elsewhere.example","words","<p>words</p>"]','outcome 3',NULL);
INSERT INTO "outbox" VALUES(5,'cbwqaaaaaaczgc33rm3qgtyylxvgjaem6qdze@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1002,2,'eve (Example Support)','notifications@example.test','a',1,'auto-generated',0,'2eb23a1d86f6160a5de80973fe7818d3@mua.example','["2eb23a1d86f6160a5de80973fe7818d3@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"echo":true,"author":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"text":"\u00dcn\u00efcode gr\u00f6\u00dfer","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','delivered',1,NULL,NULL,'["bob@example.test","words","<p>words</p>"]','outcome 4','2026-11-20 10:01:00.000000');
INSERT INTO "outbox" VALUES(6,'cbwqaaaaaadaif4djx5ityajsfvcqtlmbnx2w@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1002,2,'eve (Example Support)','notifications@example.test','a',1,'auto-generated',0,'2eb23a1d86f6160a5de80973fe7818d3@mua.example','["2eb23a1d86f6160a5de80973fe7818d3@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"echo":true,"author":{"name":"eve@elsewhere.example","address":"eve@elsewhere.example"},"text":"\u00dcn\u00efcode gr\u00f6\u00dfer","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','deferred',1,'2026-11-20 11:01:00.000000',NULL,'["carl@example.test","words","<p>words</p>"]','outcome 5',NULL);
INSERT INTO "outbox" VALUES(7,'cbwqaaaaaadqve5zz6pefuuchz5xdhy4saiei@example.test','customer_replied','support','bob@example.test','bob@example.test','Bob Agent',1,1001,3,'ana (Example Support)','notifications@example.test','a',2,'auto-generated',0,'4dc2b1f41455ed333d9eeeb6b2e25598@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test","4dc2b1f41455ed333d9eeeb6b2e25598@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns again.","attachments":[],"history":[{"kind":"message","author":"ana@customer.example","at":"2026-11-20 10:00 UTC","text":"It burns."}],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','held',1,NULL,NULL,'["bob@example.test","words","<p>words</p>"]','outcome 6',NULL);
INSERT INTO "outbox" VALUES(8,'cbwqaaaaaaebvcl55wn35xbccdv3w2ywl6iai@example.test','customer_replied','support','carl@example.test','carl@example.test','Carl',2,1001,3,'ana (Example Support)','notifications@example.test','a',2,'auto-generated',0,'4dc2b1f41455ed333d9eeeb6b2e25598@mua.example','["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test","4dc2b1f41455ed333d9eeeb6b2e25598@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns again.","attachments":[],"history":[{"kind":"message","author":"ana@customer.example","at":"2026-11-20 10:00 UTC","text":"It burns."}],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','failed',1,NULL,NULL,'["carl@example.test","words","<p>words</p>"]','outcome 7',NULL);
INSERT INTO "outbox" VALUES(9,'cbwqaaaaaaev3giwu5empbxs4jvl3qchgvpeg@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1003,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'747279a8478723566ce06611e7bc5125@mua.example','["747279a8478723566ce06611e7bc5125@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','delivered',1,NULL,NULL,'["kim@third.example","words","<p>words</p>"]','outcome 8','2026-11-20 10:01:00.000000');
INSERT INTO "outbox" VALUES(10,'cbwqaaaaaaffkcmcugoic252iqusxk6szm6dc@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1003,4,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'747279a8478723566ce06611e7bc5125@mua.example','["747279a8478723566ce06611e7bc5125@mua.example","cbwqaaaaaaev3giwu5empbxs4jvl3qchgvpeg@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is waiting.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','deferred',1,'2026-11-20 11:01:00.000000',NULL,'["bob@example.test","words","<p>words</p>"]','outcome 9',NULL);
INSERT INTO "outbox" VALUES(11,'cbwqaaaaaafw2kzkbsj56nauvpv44csgo3pjw@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1003,4,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'747279a8478723566ce06611e7bc5125@mua.example','["747279a8478723566ce06611e7bc5125@mua.example","cbwqaaaaaaev3giwu5empbxs4jvl3qchgvpeg@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"waiting","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is waiting.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','held',1,NULL,NULL,'["carl@example.test","words","<p>words</p>"]','outcome 10',NULL);
INSERT INTO "outbox" VALUES(12,'cbwqaaaaaagllrk2jg2yccy5etznmlsl4ab2s@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1004,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'c5309a0c9a44235e96cce97c9b7fac3d@mua.example','["c5309a0c9a44235e96cce97c9b7fac3d@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"resolved","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','failed',1,NULL,NULL,'["kim@third.example","words","<p>words</p>"]','outcome 11',NULL);
INSERT INTO "outbox" VALUES(13,'cbwqaaaaaagtstzesobembqpjnncf6l27j5gk@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1004,5,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'c5309a0c9a44235e96cce97c9b7fac3d@mua.example','["c5309a0c9a44235e96cce97c9b7fac3d@mua.example","cbwqaaaaaagllrk2jg2yccy5etznmlsl4ab2s@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"resolved","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is resolved.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','delivered',1,NULL,NULL,'["bob@example.test","words","<p>words</p>"]','outcome 12','2026-11-20 10:01:00.000000');
INSERT INTO "outbox" VALUES(14,'cbwqaaaaaahbj4mxduxnigjomre3w7tjiuej2@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1004,5,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'c5309a0c9a44235e96cce97c9b7fac3d@mua.example','["c5309a0c9a44235e96cce97c9b7fac3d@mua.example","cbwqaaaaaagllrk2jg2yccy5etznmlsl4ab2s@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"resolved","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is resolved.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','deferred',1,'2026-11-20 11:01:00.000000',NULL,'["carl@example.test","words","<p>words</p>"]','outcome 13',NULL);
INSERT INTO "outbox" VALUES(15,'cbwqaaaaaahxfauxwddvbq5dx4gkxx7iknroo@example.test','confirmation','support','kim@third.example','kim@third.example','',6,1005,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'64cf885075eba12703223c0c644ca79f@mua.example','["64cf885075eba12703223c0c644ca79f@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"closed","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"kim@third.example","address":"kim@third.example"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','held',1,NULL,NULL,'["kim@third.example","words","<p>words</p>"]','outcome 14',NULL);
INSERT INTO "outbox" VALUES(16,'cbwqaaaaaaievkhnx3nt6i3gshzmam6fg5prk@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1005,6,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'64cf885075eba12703223c0c644ca79f@mua.example','["64cf885075eba12703223c0c644ca79f@mua.example","cbwqaaaaaahxfauxwddvbq5dx4gkxx7iknroo@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"closed","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is closed.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','failed',1,NULL,NULL,'["bob@example.test","words","<p>words</p>"]','outcome 15',NULL);
INSERT INTO "outbox" VALUES(17,'cbwqaaaaaaiyqczjpty3fq7hwxydujmnl2ft6@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1005,6,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'64cf885075eba12703223c0c644ca79f@mua.example','["64cf885075eba12703223c0c644ca79f@mua.example","cbwqaaaaaahxfauxwddvbq5dx4gkxx7iknroo@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1005,"tag":"TICK-1005","subject":"closed","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is closed.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','delivered',1,NULL,NULL,'["carl@example.test","words","<p>words</p>"]','outcome 16','2026-11-20 10:01:00.000000');
INSERT INTO "outbox" VALUES(18,'cbwqaaaaaajjzcarbk26ximaof24fp5ognnzc@example.test','new_ticket','support','bob@example.test','bob@example.test','Bob Agent',1,1006,7,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'dae976b865a35fe0b2ff6972d6fe7f95@mua.example','["dae976b865a35fe0b2ff6972d6fe7f95@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1006,"tag":"TICK-1006","subject":"in progress","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Bob Agent","address":"bob@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is in progress.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','deferred',1,'2026-11-20 11:01:00.000000',NULL,'["bob@example.test","words","<p>words</p>"]','outcome 17',NULL);
INSERT INTO "outbox" VALUES(19,'cbwqaaaaaajql4xwwjqtb6rxkf3diy2y6amee@example.test','new_ticket','support','carl@example.test','carl@example.test','Carl',2,1006,7,'kim (Example Support)','notifications@example.test','a',1,'auto-generated',0,'dae976b865a35fe0b2ff6972d6fe7f95@mua.example','["dae976b865a35fe0b2ff6972d6fe7f95@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1006,"tag":"TICK-1006","subject":"in progress","status":"open","priority":"normal","category":"general","created_at":"2026-11-20 10:00 UTC"},"recipient":{"name":"Carl","address":"carl@example.test"},"requester":{"name":"kim@third.example","address":"kim@third.example"},"echo":true,"author":{"name":"kim@third.example","address":"kim@third.example"},"text":"It is in progress.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-20 10:00:00.000000','held',1,NULL,NULL,'["carl@example.test","words","<p>words</p>"]','outcome 18',NULL);
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
CREATE TABLE people (
	id INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT people_pkey PRIMARY KEY (id)
);
INSERT INTO "people" VALUES(1,'bob@example.test','Bob Agent');
INSERT INTO "people" VALUES(2,'carl@example.test','Carl');
INSERT INTO "people" VALUES(3,'dan@example.test','Dan');
INSERT INTO "people" VALUES(4,'ana@customer.example','');
INSERT INTO "people" VALUES(5,'eve@elsewhere.example','');
INSERT INTO "people" VALUES(6,'kim@third.example','');
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
INSERT INTO "raw_messages" VALUES(3,'7bf55d0ae70b53ca0cc352424cc5aaf6a36beb200dd81a575fda05f77a6f6864',20,'none',NULL,X'6D61696C205072696E746572206F6E2066697265');
INSERT INTO "raw_messages" VALUES(4,'726ba550d264e908c0327733d3ce251bbeb35135961fd3557158a6a134f6987d',24,'none',NULL,X'6D61696C2052653A205072696E746572206F6E2066697265');
INSERT INTO "raw_messages" VALUES(5,'569a6380b81150de38809c29d73dea8e5377518e1111eff52225c6a33780a576',12,'none',NULL,X'6D61696C2077616974696E67');
INSERT INTO "raw_messages" VALUES(6,'2c821f95c4a25661c553b5a4ea7fcc5ee453ddb1b6a273c9903336003bbb98bc',13,'none',NULL,X'6D61696C207265736F6C766564');
INSERT INTO "raw_messages" VALUES(7,'c6e17247d49ed3baa1dc3fd317c2965e36a32f64c34b0f2a7791724988db0e43',11,'none',NULL,X'6D61696C20636C6F736564');
INSERT INTO "raw_messages" VALUES(8,'2b9d69d6d4956010fce960c3254e5d571afc4193141ec01ad561a7a95f8abba1',16,'none',NULL,X'6D61696C20696E2070726F6772657373');
INSERT INTO "raw_messages" VALUES(10,'1680df59ae42a86097af4ffa80f38d6bdc2b70e89ff44e6cfe201620c75ff8f3',9,'none',NULL,X'6D61696C206C6F6F70');
INSERT INTO "raw_messages" VALUES(11,'4439669ebb5de736f7f683f238474f57d5270fa9ebe516797d506943520042d4',11,'none',NULL,X'6D61696C207265706F7274');
INSERT INTO "raw_messages" VALUES(12,'0c7fcf412c36e9e1cfc3cca37cec9afedcfca86e1943f6827c36e88dfda41642',7,'none',NULL,X'66657463686564');
INSERT INTO "raw_messages" VALUES(13,'7c4a345722b40acbdc121843d43b674e9f7c50201f26b4b915931b4f2a73d3d0',5,'none',NULL,X'7761697473');
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
	CONSTRAINT tickets_pkey PRIMARY KEY (number), 
	CONSTRAINT tickets_requester_fkey FOREIGN KEY(requester) REFERENCES people (id), 
	CONSTRAINT tickets_assignee_fkey FOREIGN KEY(assignee) REFERENCES people (id), 
	CONSTRAINT tickets_merged_into_fkey FOREIGN KEY(merged_into) REFERENCES tickets (number), 
	CONSTRAINT tickets_possibly_about_fkey FOREIGN KEY(possibly_about) REFERENCES tickets (number)
);
INSERT INTO "tickets" VALUES(1001,'support','Printer on fire',4,'2026-11-20 10:00:00.000000','2026-11-20 11:00:00.000000','open','normal','general',1,3,'2026-11-20 11:00:00.000000',NULL,NULL,NULL,'["41b30d385478a8bf9c7238f1b957e327@mua.example","cbwqaaaaaaaq3bgolxc4qwmkmdzojgx5k54yg@example.test"]',NULL);
INSERT INTO "tickets" VALUES(1002,'support','Second question',5,'2026-11-20 10:00:00.000000','2026-11-20 10:00:00.000000','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["2eb23a1d86f6160a5de80973fe7818d3@mua.example","cbwqaaaaaacd7i4xoqzfrqppwk2rhhzsa3ia6@example.test"]',NULL);
INSERT INTO "tickets" VALUES(1003,'support','waiting',6,'2026-11-20 10:00:00.000000','2026-11-20 11:00:00.000000','waiting','normal','general',1,2,'2026-11-20 11:00:00.000000',NULL,NULL,NULL,'["747279a8478723566ce06611e7bc5125@mua.example","cbwqaaaaaaev3giwu5empbxs4jvl3qchgvpeg@example.test"]',NULL);
INSERT INTO "tickets" VALUES(1004,'support','resolved',6,'2026-11-20 10:00:00.000000','2026-11-20 11:00:00.000000','resolved','high','general',2,2,'2026-11-20 11:00:00.000000',NULL,NULL,NULL,'["c5309a0c9a44235e96cce97c9b7fac3d@mua.example","cbwqaaaaaagllrk2jg2yccy5etznmlsl4ab2s@example.test"]',NULL);
INSERT INTO "tickets" VALUES(1005,'support','closed',6,'2026-11-20 10:00:00.000000','2026-11-20 11:00:00.000000','closed','normal','general',1,2,'2026-11-20 11:00:00.000000','2026-11-20 10:00:00.000000',NULL,NULL,'["64cf885075eba12703223c0c644ca79f@mua.example","cbwqaaaaaahxfauxwddvbq5dx4gkxx7iknroo@example.test"]',NULL);
INSERT INTO "tickets" VALUES(1006,'support','in progress',6,'2026-11-20 10:00:00.000000','2026-11-20 11:00:00.000000','in_progress','normal','general',2,2,'2026-11-20 11:00:00.000000',NULL,NULL,1001,'["dae976b865a35fe0b2ff6972d6fe7f95@mua.example"]',NULL);
INSERT INTO "tickets" VALUES(1007,'support','',6,'2026-11-20 10:00:00.000000','2026-11-20 10:01:00.000000','closed','normal','general',NULL,2,NULL,'2026-11-20 10:01:00.000000',NULL,NULL,'[]','2026-11-20 10:01:00.000000');
CREATE INDEX addresses_person ON addresses (person);
CREATE INDEX tickets_status_number ON tickets (status, number);
CREATE INDEX tickets_requester ON tickets (requester);
CREATE UNIQUE INDEX intake_origin ON intake (origin) WHERE origin IS NOT NULL;
CREATE INDEX intake_quarantined ON intake (id) WHERE state = 'quarantined';
CREATE INDEX intake_due ON intake (claimed, alone, id) WHERE due_at IS NOT NULL;
CREATE INDEX licenses_fingerprint ON licenses (fingerprint);
CREATE INDEX entries_parked ON entries (ticket) WHERE parked <> '';
CREATE INDEX entries_ticket_id ON entries (ticket, id);
CREATE INDEX entries_message_id_ticket ON entries (message_id, ticket) WHERE message_id <> '';
CREATE INDEX evidence_ticket_id ON evidence (ticket, id) WHERE ticket IS NOT NULL;
CREATE INDEX evidence_intake ON evidence (intake);
CREATE INDEX outbox_stopped ON outbox (id) WHERE state IN ('failed', 'held');
CREATE INDEX outbox_ticket_id ON outbox (ticket, id);
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_automatic ON outbox (recipient_key, created_at) WHERE auto_submitted <> '';
COMMIT;
