-- An agreement may be opened under another one, which is locked with it: a trade under its ad, a payment under its booking.

alter table agreements add column under uuid;

-- What was opened under an agreement, newest first.
create index agreements_under on agreements (under, id) where under is not null;
