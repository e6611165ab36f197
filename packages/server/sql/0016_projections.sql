-- What follows the event log is called a projection, as in the code; the table gets its name.
alter table followers rename to projections;
alter index followers_pkey rename to projections_pkey;
