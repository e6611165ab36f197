-- The work list of a day's deductions: who sold or owes, and how much was sold. Written in one go, so that a run that was killed goes on with the same sales.

create table deduction_work (
  business_date date not null,
  retailer text collate "C" not null,
  line_id uuid not null,
  sales bigint not null,
  primary key (business_date, retailer)
);
