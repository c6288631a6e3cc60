-- Licenses of annual plans that the vendor tries out with a customer (RULES §3.6): the account's own people see nothing of them.
alter table license add column pilot boolean not null default false;
create index license_pilot on license (account_id, id) where pilot;
