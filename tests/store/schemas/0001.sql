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
INSERT INTO "addresses" VALUES('agent@example.test',1,'agent@example.test',0,NULL,0,'2026-11-22 01:42:04.790109');
INSERT INTO "addresses" VALUES('ana@customer.example',2,'ana@customer.example',0,NULL,0,'2026-11-22 01:42:04.851255');
INSERT INTO "addresses" VALUES('eve@other.example',3,'eve@other.example',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('dan@third.example',4,'dan@third.example',0,NULL,0,NULL);
INSERT INTO "addresses" VALUES('list@x.example',5,'list@x.example',0,NULL,0,NULL);
CREATE TABLE agent_desks (
	person INTEGER NOT NULL, 
	desk VARCHAR NOT NULL, 
	CONSTRAINT agent_desks_pkey PRIMARY KEY (person, desk), 
	CONSTRAINT agent_desks_person_fkey FOREIGN KEY(person) REFERENCES agents (person), 
	CONSTRAINT agent_desks_desk_fkey FOREIGN KEY(desk) REFERENCES desks (name)
);
INSERT INTO "agent_desks" VALUES(1,'support');
INSERT INTO "agent_desks" VALUES(1,'sales');
CREATE TABLE agents (
	person INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	source VARCHAR NOT NULL, 
	CONSTRAINT agents_pkey PRIMARY KEY (person), 
	CONSTRAINT agents_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "agents" VALUES(1,1,'config');
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
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
INSERT INTO "attachments" VALUES(7,0,'manual.pdf','application/pdf',13,'b3f5da7f40eaa14c46f87ebafd0d33438785ef6b400d2c310a05bc9b956e9e43',0,'','753-775:base64',1,0);
CREATE TABLE counters (
	name VARCHAR NOT NULL, 
	last INTEGER NOT NULL, 
	CONSTRAINT counters_pkey PRIMARY KEY (name)
);
INSERT INTO "counters" VALUES('ticket',1004);
INSERT INTO "counters" VALUES('person',5);
INSERT INTO "counters" VALUES('entry',9);
INSERT INTO "counters" VALUES('outbox',9);
INSERT INTO "counters" VALUES('intake',9);
INSERT INTO "counters" VALUES('evidence',9);
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
INSERT INTO "entries" VALUES(1,1001,'message','2026-11-22 01:42:04.716507','public',2,'ana@customer.example','','585d76e0c6ca2b7f@mua.example',1,'','',1,'It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE','');
INSERT INTO "entries" VALUES(2,1001,'answer','2026-11-22 01:42:04.790109','public',1,'agent@example.test','Bob Agent','526831a3688ec0ec@mua.example',2,'','answer',2,'Water is on its way.','');
INSERT INTO "entries" VALUES(3,1001,'event','2026-11-22 01:42:04.790109','internal',NULL,'','','',NULL,'','answered first',2,'Assigned to Bob Agent, who answered first','');
INSERT INTO "entries" VALUES(4,1001,'event','2026-11-22 01:42:04.790109','internal',NULL,'','','',NULL,'','agent_answered',2,'Status: open → waiting','');
INSERT INTO "entries" VALUES(5,1001,'message','2026-11-22 01:42:04.851255','public',2,'ana@customer.example','','379cdd810060d037@mua.example',3,'','',3,'Thank you.','');
INSERT INTO "entries" VALUES(6,1001,'event','2026-11-22 01:42:04.851255','internal',NULL,'','','',NULL,'','requester_wrote',3,'Status: waiting → open','');
INSERT INTO "entries" VALUES(7,1002,'message','2026-11-22 01:42:04.888621','public',3,'eve@other.example','','f0607860aa91074@mua.example',4,'','',1,'Where is the manual?','');
INSERT INTO "entries" VALUES(8,1003,'message','2026-11-22 01:42:04.943154','public',4,'dan@third.example','','6314bf7749b40f69@mua.example',6,'','',1,'日本語 text','');
INSERT INTO "entries" VALUES(9,1004,'message','2026-11-22 01:42:05.002371','public',5,'list@x.example','','16b63163e838264a@mua.example',8,'','',1,'Price?','');
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
INSERT INTO "evidence" VALUES(1,1,1001,'2026-11-22 01:42:04.716507','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["route","no earlier ticket",""],["send","confirmation","outbox 1 to person 2"],["send","new_ticket","outbox 2 to person 1"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(2,2,1001,'2026-11-22 01:42:04.790109','appended','answer','[["classify","human","human"],["authenticate","proved","peer 127.0.0.1"],["token","TICK-1001","outbox 2"],["send","answer","outbox 3 to person 2"],["verdict","appended","answer"]]');
INSERT INTO "evidence" VALUES(3,3,1001,'2026-11-22 01:42:04.851255','appended','token','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=customer.example"],["token","TICK-1001","outbox 3"],["author","the token''s own person","person 2"],["send","customer_replied","outbox 4 to person 1"],["verdict","appended","token"]]');
INSERT INTO "evidence" VALUES(4,4,1002,'2026-11-22 01:42:04.888621','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=other.example"],["route","no earlier ticket",""],["send","confirmation","outbox 5 to person 3"],["send","new_ticket","outbox 6 to person 1"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(5,5,NULL,'2026-11-22 01:42:04.920960','duplicate','same mail as intake 4','[["identity","seen before","intake 4"],["verdict","duplicate","same mail as intake 4"]]');
INSERT INTO "evidence" VALUES(6,6,1003,'2026-11-22 01:42:04.943154','opened','new','[["classify","human","human"],["authenticate","failed","dmarc=fail header.from=third.example"],["route","no earlier ticket",""],["confirm","no","authentication failed"],["send","new_ticket","outbox 7 to person 1"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(7,7,NULL,'2026-11-22 01:42:04.978263','recorded','automatic: auto-submitted=auto-replied','[["classify","automatic","auto-submitted=auto-replied"],["authenticate","proved","dmarc=pass header.from=third.example"],["route","no earlier ticket",""],["verdict","recorded","automatic: auto-submitted=auto-replied"]]');
INSERT INTO "evidence" VALUES(8,8,1004,'2026-11-22 01:42:05.002371','opened','new','[["classify","human","human"],["authenticate","proved","dmarc=pass header.from=x.example"],["route","no earlier ticket",""],["send","confirmation","outbox 8 to person 5"],["send","new_ticket","outbox 9 to person 1"],["verdict","opened","new"]]');
INSERT INTO "evidence" VALUES(9,9,NULL,'2026-11-22 01:42:05.039313','quarantined','loop: received>=50','[["classify","loop","received>=50"],["verdict","quarantined","loop: received>=50"]]');
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
	CONSTRAINT intake_pkey PRIMARY KEY (id), 
	CONSTRAINT intake_identity_unique UNIQUE (identity), 
	CONSTRAINT intake_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number)
);
INSERT INTO "intake" VALUES(1,'edge','2026-11-22 01:42:04.464373','ana@customer.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'774a95d71f84c4f91264e97bb0612b76c9b1d49cd1570d9fd864bbbd726fcd73','opened','new','',1001,'["support"]','2026-11-22 01:42:04.716507');
INSERT INTO "intake" VALUES(2,'local','2026-11-22 01:42:04.781035','agent@example.test','["support+cbqqaaaaaabpejsjxq5xcpt4p5eyhycxpl6lw@example.test"]','127.0.0.1','',1,'','done',0,0,0,0,NULL,'56e457a9d659078e04a4ec05c93afcfca14b4ab2301d7024246d9e8e2879e146','appended','answer','',1001,'["support"]','2026-11-22 01:42:04.790109');
INSERT INTO "intake" VALUES(3,'edge','2026-11-22 01:42:04.844629','ana@customer.example','["support+cbrqaaaaaab27e2njorwbkog7w35kkkdk6qaa@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'e22eee3c6ada4e79b0eef918ec90464d8f603b50931cbe5829d7a558f0674f77','appended','token','',1001,'["support"]','2026-11-22 01:42:04.851255');
INSERT INTO "intake" VALUES(4,'edge','2026-11-22 01:42:04.879784','eve@other.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'f561e6c118de540cef0a94a328e8de4df7f36a941b9979d5b0c666766eb2af5d','opened','new','',1002,'["support"]','2026-11-22 01:42:04.888621');
INSERT INTO "intake" VALUES(5,'edge','2026-11-22 01:42:04.914235','eve@other.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,NULL,'duplicate','same mail as intake 4','',NULL,'["support"]','2026-11-22 01:42:04.920960');
INSERT INTO "intake" VALUES(6,'edge','2026-11-22 01:42:04.936034','dan@third.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'82f1655b086dd49b1c23387dd91aef7059e05c22737bb1280e112d757d8194a7','opened','new','',1003,'["support"]','2026-11-22 01:42:04.943154');
INSERT INTO "intake" VALUES(7,'edge','2026-11-22 01:42:04.971714','ooo@third.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'91be2a930f8dd3d99d325c8ddde8f9e638ec7319e4a6974ab14ab2e2e11d612e','recorded','automatic: auto-submitted=auto-replied','',NULL,'["support"]','2026-11-22 01:42:04.978263');
INSERT INTO "intake" VALUES(8,'edge','2026-11-22 01:42:04.993608','list@x.example','["sales@example.test"]','127.0.0.1','mx.example.test',0,'','done',0,0,0,0,NULL,'520ce905f461a0fd6f919e75ccfa75b5ad2285ee4490bb913b2122775961973c','opened','new','',1004,'["sales"]','2026-11-22 01:42:05.002371');
INSERT INTO "intake" VALUES(9,'edge','2026-11-22 01:42:05.031896','loop@x.example','["support@example.test"]','127.0.0.1','mx.example.test',0,'','quarantined',0,0,0,0,NULL,'15e2c432dcd61ac1e28bd23b98e43320a41bda9be9c731e659d3ab6fbf24c04d','quarantined','loop: received>=50','',NULL,'["support"]','2026-11-22 01:42:05.039313');
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
INSERT INTO "licenses" VALUES(1001,'codemeter','7178477db3d6b7e13f1737ad519a6170d5582f5128b33d284262de4f870227c8',0,'*****-*****-*****-*****-EEEEE','unknown',0);
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
INSERT INTO "outbox" VALUES(1,'cbwqaaaaaaa5taijjtl3oxio3pbvluiozeafs@example.test','confirmation','support','ana@customer.example','ana@customer.example','',2,1001,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'585d76e0c6ca2b7f@mua.example','["585d76e0c6ca2b7f@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.716507','delivered',1,NULL,NULL,'["Re: Printer on fire [TICK-1001]","Hello,\n\nthank you for your message. It has reached us, and its number is TICK-1001.\n\nA person will read it and answer you by mail. You need to do nothing until\nthen. If you want to add something, simply reply to this mail: it goes to\nthe same place.\n\nSubject: Printer on fire\n\nExample Support\n\n-- \nThis mail was sent automatically, because we got a message from your\naddress. If it was not you who wrote to us, you can ignore this mail.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1001</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px\">Hello,</div>\n<div style=\"margin:0 0 14px\">thank you for your message. It has reached us, and its number is <b>TICK-1001</b>.</div>\n<div style=\"margin:0 0 14px\">A person will read it and answer you by mail. You need to do nothing until then. If you want to add something, simply reply to this mail: it goes to the same place.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #afb8c1;background-color:#f6f8fa;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\">Subject: <bdi>Printer on fire</bdi></td></tr></table>\n<div style=\"margin:0 0 14px\">Example Support</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">This mail was sent automatically, because we got a message from your address. If it was not you who wrote to us, you can ignore this mail.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M747786P12121Q0.vm','2026-11-22 01:42:04.748837');
INSERT INTO "outbox" VALUES(2,'cbwqaaaaaabcz2eeus7lnsz6amqzq6o3osrti@example.test','new_ticket','support','agent@example.test','agent@example.test','Bob Agent',1,1001,1,'ana (Example Support)','notifications@example.test','a',1,'auto-generated',0,'585d76e0c6ca2b7f@mua.example','["585d76e0c6ca2b7f@mua.example","cbwqaaaaaaa5taijjtl3oxio3pbvluiozeafs@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"Bob Agent","address":"agent@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE","attachments":[],"history":[],"keys":[{"masked":"*****-*****-*****-*****-EEEEE","provider":"codemeter","quoted":false}],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.716507','delivered',1,NULL,NULL,'["Printer on fire [TICK-1001]","##- Please type your reply above this line -##\n\nReply = answer to ana@customer.example\n\nana@customer.example opened a new ticket at Example Support.\n\nCustomer: ana@customer.example\nTicket:   TICK-1001, open, normal priority, general\nOpened:   2026-11-22 01:42 UTC\nLicense:  *****-*****-*****-*****-EEEEE (codemeter)\n\nIt burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE\n\nStart your reply with #note to keep it as an internal note.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1001</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px;font-size:12px;color:#6e7781\">##- Please type your reply above this line -##</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #0969da;background-color:#ddf4ff;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><b>Reply = answer to <bdi>ana@customer.example</bdi></b>\n</td></tr></table>\n\n<div style=\"margin:0 0 14px\"><bdi>ana@customer.example</bdi> opened a new ticket at Example Support.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\">\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Customer</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\"><bdi>ana@customer.example</bdi></td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Ticket</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">TICK-1001, open, normal priority, general</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Opened</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">2026-11-22 01:42 UTC</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">License</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">*****-*****-*****-*****-EEEEE (codemeter)</td></tr>\n\n\n</table>\n<div dir=\"auto\" style=\"margin:0 0 14px\">It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">Start your reply with <b>#note</b> to keep it as an internal note.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M748291P12121Q1.vm','2026-11-22 01:42:04.748837');
INSERT INTO "outbox" VALUES(3,'cbwqaaaaaab6pnkde77kconzouctqhzyulznc@example.test','answer','support','ana@customer.example','ana@customer.example','',2,1001,2,'Bob Agent (Example Support)','support@example.test','c',2,'',0,'585d76e0c6ca2b7f@mua.example','["585d76e0c6ca2b7f@mua.example","cbwqaaaaaaa5taijjtl3oxio3pbvluiozeafs@example.test"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"waiting","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"ana@customer.example","address":"ana@customer.example"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"Bob Agent","address":"support@example.test"},"text":"Water is on its way.","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.790109','delivered',1,NULL,NULL,'["Re: Printer on fire [TICK-1001]","Water is on its way.\n\n-- \nBob Agent\nExample Support, TICK-1001\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1001</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div dir=\"auto\" style=\"margin:0 0 16px\">Water is on its way.</div>\n<div style=\"margin:24px 0 0;font-size:14px;color:#6e7781\"><bdi>Bob Agent</bdi><br>\nExample Support, TICK-1001</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M823058P12121Q2.vm','2026-11-22 01:42:04.824066');
INSERT INTO "outbox" VALUES(4,'cbwqaaaaaackto26f65rn5gc4m7z452iitwmc@example.test','customer_replied','support','agent@example.test','agent@example.test','Bob Agent',1,1001,5,'ana (Example Support)','notifications@example.test','a',3,'auto-generated',0,'379cdd810060d037@mua.example','["585d76e0c6ca2b7f@mua.example","cbwqaaaaaaa5taijjtl3oxio3pbvluiozeafs@example.test","cbwqaaaaaab6pnkde77kconzouctqhzyulznc@example.test","379cdd810060d037@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1001,"tag":"TICK-1001","subject":"Printer on fire","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"Bob Agent","address":"agent@example.test"},"requester":{"name":"ana@customer.example","address":"ana@customer.example"},"echo":true,"author":{"name":"ana@customer.example","address":"ana@customer.example"},"text":"Thank you.","attachments":[],"history":[{"kind":"answer","author":"Bob Agent","at":"2026-11-22 01:42 UTC","text":"Water is on its way."},{"kind":"message","author":"ana@customer.example","at":"2026-11-22 01:42 UTC","text":"It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"}],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.851255','delivered',1,NULL,NULL,'["Re: Printer on fire [TICK-1001]","##- Please type your reply above this line -##\n\nReply = answer to ana@customer.example\n\nana@customer.example wrote to Example Support.\n\nCustomer: ana@customer.example\nTicket:   TICK-1001, open, normal priority, general\nOpened:   2026-11-22 01:42 UTC\n\nThank you.\n\nBefore that, newest first:\n\nBob Agent, 2026-11-22 01:42 UTC:\n> Water is on its way.\n\nana@customer.example, 2026-11-22 01:42 UTC:\n> It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE\n\nStart your reply with #note to keep it as an internal note.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1001</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px;font-size:12px;color:#6e7781\">##- Please type your reply above this line -##</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #0969da;background-color:#ddf4ff;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><b>Reply = answer to <bdi>ana@customer.example</bdi></b>\n</td></tr></table>\n\n<div style=\"margin:0 0 14px\"><bdi>ana@customer.example</bdi> wrote to Example Support.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\">\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Customer</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\"><bdi>ana@customer.example</bdi></td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Ticket</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">TICK-1001, open, normal priority, general</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Opened</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">2026-11-22 01:42 UTC</td></tr>\n\n\n</table>\n<div dir=\"auto\" style=\"margin:0 0 14px\">Thank you.</div>\n<div style=\"margin:20px 0 6px;font-size:13px;font-weight:bold;color:#6e7781\">Before that, newest first</div>\n\n<div style=\"margin:12px 0 2px;font-size:13px;color:#6e7781\"><bdi>Bob Agent</bdi>, 2026-11-22 01:42 UTC</div>\n<div dir=\"auto\" style=\"padding:0 0 0 10px;border-left:2px solid #afb8c1;font-size:14px\">Water is on its way.</div>\n<div style=\"margin:12px 0 2px;font-size:13px;color:#6e7781\"><bdi>ana@customer.example</bdi>, 2026-11-22 01:42 UTC</div>\n<div dir=\"auto\" style=\"padding:0 0 0 10px;border-left:2px solid #afb8c1;font-size:14px\">It burns. My key is AAAAA-BBBBB-CCCCC-DDDDD-EEEEE</div>\n\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">Start your reply with <b>#note</b> to keep it as an internal note.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M863589P12121Q3.vm','2026-11-22 01:42:04.864402');
INSERT INTO "outbox" VALUES(5,'cbwqaaaaaactysklx4udj5lcxadx7ej5i6ov6@example.test','confirmation','support','eve@other.example','eve@other.example','',3,1002,NULL,'Example Support','support@example.test','c',1,'auto-replied',1,'f0607860aa91074@mua.example','["f0607860aa91074@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"eve@other.example","address":"eve@other.example"},"requester":{"name":"eve@other.example","address":"eve@other.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.888621','delivered',1,NULL,NULL,'["Re: Second question [TICK-1002]","Hello,\n\nthank you for your message. It has reached us, and its number is TICK-1002.\n\nA person will read it and answer you by mail. You need to do nothing until\nthen. If you want to add something, simply reply to this mail: it goes to\nthe same place.\n\nSubject: Second question\n\nExample Support\n\n-- \nThis mail was sent automatically, because we got a message from your\naddress. If it was not you who wrote to us, you can ignore this mail.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1002</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px\">Hello,</div>\n<div style=\"margin:0 0 14px\">thank you for your message. It has reached us, and its number is <b>TICK-1002</b>.</div>\n<div style=\"margin:0 0 14px\">A person will read it and answer you by mail. You need to do nothing until then. If you want to add something, simply reply to this mail: it goes to the same place.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #afb8c1;background-color:#f6f8fa;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\">Subject: <bdi>Second question</bdi></td></tr></table>\n<div style=\"margin:0 0 14px\">Example Support</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">This mail was sent automatically, because we got a message from your address. If it was not you who wrote to us, you can ignore this mail.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M903835P12121Q4.vm','2026-11-22 01:42:04.907189');
INSERT INTO "outbox" VALUES(6,'cbwqaaaaaadfi2bhw7cp2csixrdhmzxapdssy@example.test','new_ticket','support','agent@example.test','agent@example.test','Bob Agent',1,1002,7,'eve (Example Support)','notifications@example.test','a',1,'auto-generated',0,'f0607860aa91074@mua.example','["f0607860aa91074@mua.example","cbwqaaaaaactysklx4udj5lcxadx7ej5i6ov6@example.test"]','[{"intake":4,"part":"753-775:base64","filename":"manual.pdf","content_type":"application/pdf","size":13,"sha256":"b3f5da7f40eaa14c46f87ebafd0d33438785ef6b400d2c310a05bc9b956e9e43","content_id":"","inline":false}]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1002,"tag":"TICK-1002","subject":"Second question","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"Bob Agent","address":"agent@example.test"},"requester":{"name":"eve@other.example","address":"eve@other.example"},"echo":true,"author":{"name":"eve@other.example","address":"eve@other.example"},"text":"Where is the manual?","attachments":[{"filename":"manual.pdf","size":13,"size_text":"13 bytes","content_type":"application/pdf","sent":true,"why_not":""}],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.888621','delivered',1,NULL,NULL,'["Second question [TICK-1002]","##- Please type your reply above this line -##\n\nReply = answer to eve@other.example\n\neve@other.example opened a new ticket at Example Support.\n\nCustomer: eve@other.example\nTicket:   TICK-1002, open, normal priority, general\nOpened:   2026-11-22 01:42 UTC\n\nWhere is the manual?\n\nAttached:\n- manual.pdf (13 bytes)\n\nStart your reply with #note to keep it as an internal note.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1002</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px;font-size:12px;color:#6e7781\">##- Please type your reply above this line -##</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #0969da;background-color:#ddf4ff;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><b>Reply = answer to <bdi>eve@other.example</bdi></b>\n</td></tr></table>\n\n<div style=\"margin:0 0 14px\"><bdi>eve@other.example</bdi> opened a new ticket at Example Support.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\">\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Customer</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\"><bdi>eve@other.example</bdi></td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Ticket</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">TICK-1002, open, normal priority, general</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Opened</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">2026-11-22 01:42 UTC</td></tr>\n\n\n</table>\n<div dir=\"auto\" style=\"margin:0 0 14px\">Where is the manual?</div>\n<div style=\"margin:20px 0 6px;font-size:13px;font-weight:bold;color:#6e7781\">Attached</div>\n\n<div style=\"font-size:14px\">&#8226; <bdi>manual.pdf</bdi> <span style=\"color:#6e7781\">(13 bytes)</span></div>\n\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">Start your reply with <b>#note</b> to keep it as an internal note.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M906490P12121Q5.vm','2026-11-22 01:42:04.907189');
INSERT INTO "outbox" VALUES(7,'cbwqaaaaaad527rygfycugtw2yhvme7xnjyuq@example.test','new_ticket','support','agent@example.test','agent@example.test','Bob Agent',1,1003,8,'dan (Example Support)','notifications@example.test','a',1,'auto-generated',0,'6314bf7749b40f69@mua.example','["6314bf7749b40f69@mua.example"]','[]','{"desk":{"name":"support","display_name":"Example Support","address":"support@example.test"},"ticket":{"number":1003,"tag":"TICK-1003","subject":"\u00dcn\u00efcode gr\u00f6\u00dfer","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"Bob Agent","address":"agent@example.test"},"requester":{"name":"dan@third.example","address":"dan@third.example"},"echo":true,"author":{"name":"dan@third.example","address":"dan@third.example"},"text":"\u65e5\u672c\u8a9e text","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":["Authentication of the sender failed: this may be forged."],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:04.943154','delivered',1,NULL,NULL,'["\u00dcn\u00efcode gr\u00f6\u00dfer [TICK-1003]","##- Please type your reply above this line -##\n\nReply = answer to dan@third.example\n\n! Authentication of the sender failed: this may be forged.\n\ndan@third.example opened a new ticket at Example Support.\n\nCustomer: dan@third.example\nTicket:   TICK-1003, open, normal priority, general\nOpened:   2026-11-22 01:42 UTC\n\n\u65e5\u672c\u8a9e text\n\nStart your reply with #note to keep it as an internal note.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1003</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px;font-size:12px;color:#6e7781\">##- Please type your reply above this line -##</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #0969da;background-color:#ddf4ff;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><b>Reply = answer to <bdi>dan@third.example</bdi></b>\n</td></tr></table>\n\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #bf8700;background-color:#fff8c5;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><div>&#9888; Authentication of the sender failed: this may be forged.</div></td></tr></table>\n<div style=\"margin:0 0 14px\"><bdi>dan@third.example</bdi> opened a new ticket at Example Support.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\">\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Customer</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\"><bdi>dan@third.example</bdi></td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Ticket</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">TICK-1003, open, normal priority, general</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Opened</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">2026-11-22 01:42 UTC</td></tr>\n\n\n</table>\n<div dir=\"auto\" style=\"margin:0 0 14px\">\u65e5\u672c\u8a9e text</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">Start your reply with <b>#note</b> to keep it as an internal note.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311724.M953255P12121Q6.vm','2026-11-22 01:42:04.954222');
INSERT INTO "outbox" VALUES(8,'cbwqaaaaaaea2xxpu3bod3rm2cpvtqi6nlx4y@example.test','confirmation','sales','list@x.example','list@x.example','',5,1004,NULL,'Example Sales','sales@example.test','c',1,'auto-replied',1,'16b63163e838264a@mua.example','["16b63163e838264a@mua.example"]','[]','{"desk":{"name":"sales","display_name":"Example Sales","address":"sales@example.test"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"How much?","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"list@x.example","address":"list@x.example"},"requester":{"name":"list@x.example","address":"list@x.example"},"echo":true,"author":null,"text":"","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:05.002371','delivered',1,NULL,NULL,'["Re: How much? [TICK-1004]","Hello,\n\nthank you for your message. It has reached us, and its number is TICK-1004.\n\nA person will read it and answer you by mail. You need to do nothing until\nthen. If you want to add something, simply reply to this mail: it goes to\nthe same place.\n\nSubject: How much?\n\nExample Sales\n\n-- \nThis mail was sent automatically, because we got a message from your\naddress. If it was not you who wrote to us, you can ignore this mail.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1004</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px\">Hello,</div>\n<div style=\"margin:0 0 14px\">thank you for your message. It has reached us, and its number is <b>TICK-1004</b>.</div>\n<div style=\"margin:0 0 14px\">A person will read it and answer you by mail. You need to do nothing until then. If you want to add something, simply reply to this mail: it goes to the same place.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #afb8c1;background-color:#f6f8fa;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\">Subject: <bdi>How much?</bdi></td></tr></table>\n<div style=\"margin:0 0 14px\">Example Sales</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">This mail was sent automatically, because we got a message from your address. If it was not you who wrote to us, you can ignore this mail.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311725.M15257P12121Q7.vm','2026-11-22 01:42:05.016342');
INSERT INTO "outbox" VALUES(9,'cbwqaaaaaae7k7zo33slpgzlyj6r6ayonnmze@example.test','new_ticket','sales','agent@example.test','agent@example.test','Bob Agent',1,1004,9,'list (Example Sales)','notifications@example.test','a',1,'auto-generated',0,'16b63163e838264a@mua.example','["16b63163e838264a@mua.example","cbwqaaaaaaea2xxpu3bod3rm2cpvtqi6nlx4y@example.test"]','[]','{"desk":{"name":"sales","display_name":"Example Sales","address":"sales@example.test"},"ticket":{"number":1004,"tag":"TICK-1004","subject":"How much?","status":"open","priority":"normal","category":"general","created_at":"2026-11-22 01:42 UTC"},"recipient":{"name":"Bob Agent","address":"agent@example.test"},"requester":{"name":"list@x.example","address":"list@x.example"},"echo":true,"author":{"name":"list@x.example","address":"list@x.example"},"text":"Price?","attachments":[],"history":[],"keys":[],"possibly_about":null,"warnings":[],"reason":"","reply_does":"answer","report":null,"between":[],"outcome":"","folded":0,"reachable":true,"forwarded_by":null,"facts":[]}','2026-11-22 01:42:05.002371','delivered',1,NULL,NULL,'["How much? [TICK-1004]","##- Please type your reply above this line -##\n\nReply = answer to list@x.example\n\nlist@x.example opened a new ticket at Example Sales.\n\nCustomer: list@x.example\nTicket:   TICK-1004, open, normal priority, general\nOpened:   2026-11-22 01:42 UTC\n\nPrice?\n\nStart your reply with #note to keep it as an internal note.\n","<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"supported-color-schemes\" content=\"light dark\">\n<title>TICK-1004</title>\n</head>\n<body style=\"margin:0;padding:0\">\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"table-layout:fixed\"><tr><td style=\"padding:16px;overflow-wrap:anywhere;word-break:break-word\">\n<div style=\"max-width:640px;font-family:-apple-system,''Segoe UI'',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n<div style=\"margin:0 0 14px;font-size:12px;color:#6e7781\">##- Please type your reply above this line -##</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px;border-collapse:separate\"><tr><td style=\"padding:10px 14px;border-left:4px solid #0969da;background-color:#ddf4ff;color:#1f2328;border-radius:4px;font-size:15px;line-height:1.5\"><b>Reply = answer to <bdi>list@x.example</bdi></b>\n</td></tr></table>\n\n<div style=\"margin:0 0 14px\"><bdi>list@x.example</bdi> opened a new ticket at Example Sales.</div>\n<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 0 16px\">\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Customer</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\"><bdi>list@x.example</bdi></td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Ticket</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">TICK-1004, open, normal priority, general</td></tr>\n<tr><td valign=\"top\" style=\"padding:2px 14px 2px 0;font-size:13px;color:#6e7781;white-space:nowrap\">Opened</td><td valign=\"top\" width=\"99%\" style=\"padding:2px 0;font-size:14px\">2026-11-22 01:42 UTC</td></tr>\n\n\n</table>\n<div dir=\"auto\" style=\"margin:0 0 14px\">Price?</div>\n<div style=\"margin:20px 0 0;font-size:13px;color:#6e7781\">Start your reply with <b>#note</b> to keep it as an internal note.</div>\n</div>\n</td></tr></table>\n</body>\n</html>\n"]','maildir: 1795311725.M15801P12121Q8.vm','2026-11-22 01:42:05.016342');
CREATE TABLE participants (
	ticket INTEGER NOT NULL, 
	person INTEGER NOT NULL, 
	role VARCHAR NOT NULL, 
	CONSTRAINT participants_pkey PRIMARY KEY (ticket, person), 
	CONSTRAINT participants_ticket_fkey FOREIGN KEY(ticket) REFERENCES tickets (number), 
	CONSTRAINT participants_person_fkey FOREIGN KEY(person) REFERENCES people (id)
);
INSERT INTO "participants" VALUES(1001,2,'requester');
INSERT INTO "participants" VALUES(1002,3,'requester');
INSERT INTO "participants" VALUES(1003,4,'requester');
INSERT INTO "participants" VALUES(1004,5,'requester');
CREATE TABLE people (
	id INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	CONSTRAINT people_pkey PRIMARY KEY (id)
);
INSERT INTO "people" VALUES(1,'agent@example.test','Bob Agent');
INSERT INTO "people" VALUES(2,'ana@customer.example','');
INSERT INTO "people" VALUES(3,'eve@other.example','');
INSERT INTO "people" VALUES(4,'dan@third.example','');
INSERT INTO "people" VALUES(5,'list@x.example','');
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
INSERT INTO "raw_messages" VALUES(1,'baa0ef9721ad2b5c9d61d57ffbc1e07ff6bfdd70dab094226ee80410637f7cd5',487,'zlib',NULL,X'78016590DD6AC3300C85EF0D7E07D1DBCD595AE80FEE3ADAB51DF4A2637465F78EA3B4DE123BD84A69DE7ECE58612C1F06214B4847E7801ACD05730985771554CA94896E02B90A7D825755D52542D64275BD650961A039BC78730FA3145EDD2586D1843318A632ED1EDCA511CE560D9DD192D18A8CB3E280A12929C8D8D99B9657CAEB45AD428033AA3CEEEEE42CFE2BE1EC257E4B50562DFBB5A393109ABA769E96BFD27FC472F6DE649FA849C29B3796D083B350188F9C6D14A1EC1DD33B658F21A8138ADD46C2E37836CEA7134CF544AB51362D9655A36EEE3C71B676718525716CEB389AF04A0F75A98C9D833E2B1F901683860A311BFC69F5CA8602BDD85AED72634F12A69921CEF6BBFD567CA00FD14009C324BACAD98E206BBC0D09EC5BF8C2164C80558778EE10EB0EB1E910DB0ECEBE01B5E49B07');
INSERT INTO "raw_messages" VALUES(2,'bd1a5458ac11e7731060597509b6d47946a88a2cdeda8f5e26b6d41ad35d6ca9',583,'zlib',NULL,X'78018D92CB6EDB301045F702F40F036F13B97A54B2A0BA458A3C00A370513846BB28BA18D1A384824C52E42896FCF5A58B2448BCEA800037C3B967EEE59DD5FB0AF081145FD1887BD3D19CC971186C7505B3AFCA1DC8022ABC84EDEAFA5B94C471320B0358BAC1186DF942D47D8FFFAA36D4BA76ECF35118FE68729A1E27319AAEE80EEF467F0983FBA16E4970051BAAE087958ABD8856D0484BF0FB55E84F18DC20FB963B2B2F218DE1BB7EF2575A401257F1E9C045EC2B0C562ADA90E9A6E844BD14F5E185491C53A2C12D3AE58E05EEFB635FE84C3BCBF29C69430D5952829C9F9097F96E51502C0A8169BD68AEF603CE9FFDF1FC6F253067946DCB5DA647A933533F7583D447C2C69D4BBC7D56FF3FD99A9CF30945AB9B13595A9459825951962462126764D7DA7BA938DA4EC6FBC634F207D3A1549F403CA275C49F67033751E9337C6DB5A89CDF3DBA5542EFA47AA860514BFF03D6ABF56DF493AC935A5590CCBDCF61F0CB076241BA535C921D1C709A87C15FE35FC158');
INSERT INTO "raw_messages" VALUES(3,'c5a49e893d0069b49ca92e4b0c0d174de3fcc70054ac88e385897f29e7d8d78b',743,'zlib',NULL,X'78018D92C96EDB301086EF02F40E835C53A9B2044BAE12172E1207300A178563F452F4C06564D19248858BB7A70F9DC645205F4A10E032C3996F7ECE0A198A1DF2122AAD3AE8886863E68C551DEA180FA4EB5B047A84EE7039C5168DBD83272D3E419AC00FB5F34B9A87018C9232394FB84DFC08836FCED628AD60C40A25A3151AD75A537ACFAB68BC239A4D7B620CD448B8CF7DC6990E49C2E0C95F974024995DDBD6EA1C7BFE0EFDECFA5E690BF7E6EFE69651FD42DE064D0B4CE556E93D6DD4A6D867E3A66978937BF3ECBDE6B72ABF86C1B3A35B64B6841596F0530B6951839250098DF07BBD78F81E8D9264F4270C1E89F52E4359AE44599C85E8DB63E469E19ED1FD8529EF65C3B1281AA6E44939665FEAD3D1B527C9864C2BAC50A364687C84F164CC8B1C13963392D2A29A758E5CBECAF37F4C41C69688EDD6B6993A0895F574D73AA14E482A334CF1F119FD7FB2251A4336182D1E3D59567C619C4FBC3C79C293AC18903D28AFA5B4D1FAD87BDD2C1EECE7BE2542DE01AB893668A737CE56D1E4260CFEB96A228DAF3D9A4BA6B8909B120A2A6C182C17CB79F40BB5F17D56C228F6CD1706EB9AC8068ECAC561F00A3425F8C3');
INSERT INTO "raw_messages" VALUES(4,'0a3b67b0afbec29a0c0df9b52db4321755f0c73c011efe89e23d9e9a3f5a5fe4',819,'zlib',NULL,X'78019D926F6FD33010C6DF47CA7738F52D244DD22DED5C0C05DAA1218AB46E1AAF2FC9A5F594D8C67FAAF4DBE3C206EA98006159B26C9F9EFB3D77B7A19AC49E1A1647D01AD5438FA24B95DB914969C05E7704D501FAE1F1963AB26E0E9746BC842283CF6A1F8EA2843C63D971C38B2CAC387AEB838674A24627944C36647DE72CFB5DA9E9D1D45CA3B5B0236C42DE23073F4188A3CBF0C680F6B478F271AB1858AFB5326EF100FC1D318E6E7C754FB5637043B5920D7CF5813CB0C4D1121DB1BF5B5893B5B8A5E46AC9E0559B95D9745666881779363D5BF41E1F4BF23A8ED657EB557247C6067D06791A0AF05E49170A90DC1E7448D607F742A371E35E0CD4CCA1525E36680E7CC44F5739999493D9793ECB26E76551147971C1F9288EE228494E23F9B3A14F333B1ADC587728E41CEA1D1A4B8E8FBC6B935910FD096950DA964CB292B56A84DC329856C21DB37E09A340202C847E86E9901EBB37FF4F835A770F3331D64DFB47820A2D9567BF4296C26A65C5B1870CD039AC777DA8F01C5AD191C49EF8E8075F1A9483B9679A12471FEFDEAD36221B3EDD5F6F9B0F9DA76BCEFFDD4E92C4D1375473F850');
INSERT INTO "raw_messages" VALUES(5,'0a3b67b0afbec29a0c0df9b52db4321755f0c73c011efe89e23d9e9a3f5a5fe4',819,'zlib',NULL,X'78019D926F6FD33010C6DF47CA7738F52D244DD22DED5C0C05DAA1218AB46E1AAF2FC9A5F594D8C67FAAF4DBE3C206EA98006159B26C9F9EFB3D77B7A19AC49E1A1647D01AD5438FA24B95DB914969C05E7704D501FAE1F1963AB26E0E9746BC842283CF6A1F8EA2843C63D971C38B2CAC387AEB838674A24627944C36647DE72CFB5DA9E9D1D45CA3B5B0236C42DE23073F4188A3CBF0C680F6B478F271AB1858AFB5326EF100FC1D318E6E7C754FB5637043B5920D7CF5813CB0C4D1121DB1BF5B5893B5B8A5E46AC9E0559B95D9745666881779363D5BF41E1F4BF23A8ED657EB557247C6067D06791A0AF05E49170A90DC1E7448D607F742A371E35E0CD4CCA1525E36680E7CC44F5739999493D9793ECB26E76551147971C1F9288EE228494E23F9B3A14F333B1ADC587728E41CEA1D1A4B8E8FBC6B935910FD096950DA964CB292B56A84DC329856C21DB37E09A340202C847E86E9901EBB37FF4F835A770F3331D64DFB47820A2D9567BF4296C26A65C5B1870CD039AC777DA8F01C5AD191C49EF8E8075F1A9483B9679A12471FEFDEAD36221B3EDD5F6F9B0F9DA76BCEFFDD4E92C4D1375473F850');
INSERT INTO "raw_messages" VALUES(6,'e8a4b56c5e0445122ecd65dcca049eb9d02de4cbf6470740735f155e2dd5b742',462,'zlib',NULL,X'78018590CF4EC24010C6EF9BEC3B4CB86A6BA95860B116236038E00109F76D3BA54BDA6DB3BB85F2245E8C372FC6E7223E868548E29F8393492633B3F9E6B7DF1C23141B8C192590A822879C8BCC36A950B18D35CFCB0C21DC415E9F3ADBA036039828710EAE030FC5A629AE076D8739878433A7094A6E2B93A23422E24614D29AA3AE32A3D95FA538E72AF293E62CA4C86354F681C3FF8140C9A4993188B91CFE5A2C0A06BA2ACB4299E117F0119192C72A5C636418F8416512AB1784C1F6AAAEB65E7F1DBAF36C7A1FEFB6DD7024DDE52EF029197183ECFF7FCD506BBE426B3A6270ED5DB63B61D2ED76FA61C749BCFE30AFF8C9A81B4AEE0A691A0FACC5AE6CA40DD6E6A2CCB890038852AE341ABF75246B7D7BAAB8D4092A6B2CA3221672C5A0170A43C96C3A1B5B4B54BA719341DB6E2CA664FFF4BA7F7EFF787B398A53F209A23A9720');
INSERT INTO "raw_messages" VALUES(7,'4b346e30100a8d69941a36669a32da2214ba617ad78d491a237300e4529ff912',459,'zlib',NULL,X'78018D904D6FC2300C86EF91F21F2CAE5BBA160663614C4C03240E6C1243BBA7AD4B33B54D94380CFEFDC234A47D5C6659B2FC21FBF5B3C102F51E4BC91954CEB4D02ADD24546B57267850AD6D10F223B4877396107A9AC0D2E94BE8A7F064F631F44790A5323D395CA4D1387B08546347BA50A44D2736E843435EFEDD54B6CA1553ABBC871A55892E39E998FE90C0D932D624186366BF1A5B23C1076B8DA3D997E04F899CBD84FC0D0B92F01C084C15BDD20572365784F25F0F181177B49A28F20115C80887B6D15872B646EFD50EC56A2EE16E38BABD1E8ED22C1B603AAEF2C1AC0DEACCEB9EB347D3514421B6471B0F131EE8CA364A7713286AE53CD2B417A812E3DEB751A73A5FA1138BAE30A5EE76126E724DF1EE6ABD10AFE87C842A214B2269CED4BB3A72F60156DA93DA');
INSERT INTO "raw_messages" VALUES(8,'2b4db25f202889a85b47cd7d351e414012db59b08e5def5ae5f977466fa9022f',414,'zlib',NULL,X'78018590514F02310CC7DF97EC3B34BCEA9D77604E3244310291078C41E2FB6E57B899DB76D97A08DFDE419490F860D3A4F9374DFBEB7F850AF50E2BC1196CBC3360A46ED27D8A7B69DA06A13C8039AB9430D008E65E5F433F8357B78BA55F409E89EC987095C5E0ECA9A31A2D6925493B9BAC30740D05F1775365A457E356860035CA0A7D7A64189F0F72368F5A40A3034D2EBA6B2720C806C3E487F344C6D97B577EA222012FEE0B4CA7EA47CEA69250FCCFBCC410E41693C554C07D5E94C5202F06381C0CFBC5AD9C984EFE5AF2C0D9B3B314FF4BD68736AE26DCD34DDB486D47A06AE903D2B8D7D12619F62E46BDB461833E9959E52A6DB702EE4A4D9C2D17CB59F2813E44A704E469B48FB337AF1546F66F1DA082AA');
INSERT INTO "raw_messages" VALUES(9,'f09c2102fd8d339bdb6736c1ed0f9e872b24a84146acf2042bca29be80e17714',3773,'zlib',NULL,X'7801ED574B6BC3300CBE1BFC1F44AF5BB2246CE9E6AEA3636DA187EED095DD9D446D3D12DBD84A49FFFDD23D4A6187ED3C6C0C46C67A58D8D2F7ADB044B5C74AC0C699063A280E7018C1DCA94BC8127836FB7EC9724813911C275C24FDE06C15F4425EC27B09FF21D489503F437F087D33E0828097028E0C38F9BFF207CE3E195223551D773176B2B1351EE952739262424F7F204F8F2DED50932A2529A3A315FAB6262F7E5AAA1AE9CAB195DEC30E65852E3EB2B4F1C92167F35E16501B632767BB6B23C0B7D61A4793AF483F62E3ECA52DDEB0A44F15CEA69250FCCEF696E8BDDC62B4980AB8CFF22166E9B5BCCB6F86699E4D9A567EA7E381B327A3A9BF5BB43ED8DE32614757B6964A8FA0DC49E791C6839636D1EDE0ECA893DA6FD045335D9A4AE9AD8061A188B3E562398B5ED1F93E4B02D2B8E79D9C2D088AD6691F73F60E18ABF040');
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
	CONSTRAINT tickets_pkey PRIMARY KEY (number), 
	CONSTRAINT tickets_requester_fkey FOREIGN KEY(requester) REFERENCES people (id), 
	CONSTRAINT tickets_assignee_fkey FOREIGN KEY(assignee) REFERENCES people (id), 
	CONSTRAINT tickets_merged_into_fkey FOREIGN KEY(merged_into) REFERENCES tickets (number), 
	CONSTRAINT tickets_possibly_about_fkey FOREIGN KEY(possibly_about) REFERENCES tickets (number)
);
INSERT INTO "tickets" VALUES(1001,'support','Printer on fire',2,'2026-11-22 01:42:04.716507','2026-11-22 01:42:04.851255','open','normal','general',1,3,'2026-11-22 01:42:04.790109',NULL,NULL,NULL,'["585d76e0c6ca2b7f@mua.example","cbwqaaaaaaa5taijjtl3oxio3pbvluiozeafs@example.test","cbwqaaaaaab6pnkde77kconzouctqhzyulznc@example.test"]');
INSERT INTO "tickets" VALUES(1002,'support','Second question',3,'2026-11-22 01:42:04.888621','2026-11-22 01:42:04.888621','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["f0607860aa91074@mua.example","cbwqaaaaaactysklx4udj5lcxadx7ej5i6ov6@example.test"]');
INSERT INTO "tickets" VALUES(1003,'support','Ünïcode größer',4,'2026-11-22 01:42:04.943154','2026-11-22 01:42:04.943154','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["6314bf7749b40f69@mua.example"]');
INSERT INTO "tickets" VALUES(1004,'sales','How much?',5,'2026-11-22 01:42:05.002371','2026-11-22 01:42:05.002371','open','normal','general',NULL,1,NULL,NULL,NULL,NULL,'["16b63163e838264a@mua.example","cbwqaaaaaaea2xxpu3bod3rm2cpvtqi6nlx4y@example.test"]');
CREATE INDEX addresses_person ON addresses (person);
CREATE INDEX tickets_status_number ON tickets (status, number);
CREATE INDEX tickets_requester ON tickets (requester);
CREATE INDEX intake_quarantined ON intake (id) WHERE state = 'quarantined';
CREATE INDEX intake_due ON intake (claimed, alone, id) WHERE due_at IS NOT NULL;
CREATE INDEX licenses_fingerprint ON licenses (fingerprint);
CREATE INDEX entries_ticket_id ON entries (ticket, id);
CREATE INDEX entries_parked ON entries (ticket) WHERE parked <> '';
CREATE INDEX entries_message_id_ticket ON entries (message_id, ticket) WHERE message_id <> '';
CREATE INDEX evidence_ticket_id ON evidence (ticket, id) WHERE ticket IS NOT NULL;
CREATE INDEX evidence_intake ON evidence (intake);
CREATE INDEX outbox_stopped ON outbox (id) WHERE state IN ('failed', 'held');
CREATE INDEX outbox_automatic ON outbox (recipient_key, created_at) WHERE auto_submitted <> '';
CREATE INDEX outbox_due ON outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_ticket_id ON outbox (ticket, id);
COMMIT;
