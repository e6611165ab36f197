-- What follows the event log (notifications, disputes, uses of files) and what people hand in (files, evidence).

-- How far each follower has read the log. Its rows and this number change in one transaction: nothing is missed or doubled.
create table followers (
  name text primary key,
  seq bigint not null
);

-- Who was told what. The id follows from the event and the recipient, so that following anew finds the rows that are there.
create table notifications (
  recipient text collate "C" not null,
  id uuid not null,
  seq bigint,
  agreement_id uuid not null,
  flow text not null,
  transition text,
  kind text not null,
  says text not null,
  at timestamptz not null,
  read_at timestamptz,
  primary key (recipient, id)
);

create index notifications_unread on notifications (recipient, id) where read_at is null;

-- Pictures and documents, as they were handed in.
create table files (
  id uuid primary key,
  sha256 bytea not null,
  media_type text not null,
  bytes int not null,
  content bytea not null,
  uploaded_by_kind text not null,
  uploaded_by text not null,
  at timestamptz not null,
  constraint files_size check (bytes > 0 and bytes = length(content))
);

-- They are compressed already.
alter table files alter column content set storage external;

create trigger files_are_final before update on files for each row execute function refuse_change();

-- Where a file was given: whoever is in that agreement may read it, and the same content given elsewhere is found.
create table file_uses (
  agreement_id uuid not null,
  file_id uuid not null,
  sha256 bytea not null,
  at timestamptz not null,
  primary key (agreement_id, file_id)
);

create index file_uses_content on file_uses (sha256);
create index file_uses_file on file_uses (file_id);

-- One row per dispute that was raised; how it ended once it has.
create table disputes (
  id uuid primary key,
  seq bigint not null,
  agreement_id uuid not null,
  flow text not null,
  state text not null,
  raised_role text not null,
  raised_by text not null,
  raised_at timestamptz not null,
  reason_code text,
  text text,
  evidence_due_at timestamptz not null,
  outcome text,
  decided_role text,
  decided_by text,
  decided_at timestamptz,
  notes text,
  distribution json
);

create index disputes_agreement on disputes (agreement_id, id);
create index disputes_state on disputes (state, id);

-- The sides: for "my disputes", newest first.
create table dispute_sides (
  party text not null,
  dispute_id uuid not null,
  role text not null,
  primary key (party, dispute_id)
);

-- What the sides and operators said and showed. Written once.
create table evidence (
  dispute_id uuid not null,
  id uuid not null,
  role text not null,
  given_by text not null,
  text text,
  file_id uuid,
  at timestamptz not null,
  primary key (dispute_id, id)
);

create trigger evidence_is_final before update or delete on evidence for each row execute function refuse_change();
