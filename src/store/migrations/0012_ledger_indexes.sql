-- step by step
-- Of charges, which launches write: built while they do.

-- What is not sealed yet is at its end.
drop index concurrently if exists charge_by_transaction;
create index concurrently charge_by_transaction on charge (written_in) where written_in is not null;
-- Few among many.
drop index concurrently if exists charge_corrections;
create index concurrently charge_corrections on charge (account_id, corrects_charge_id) where corrects_charge_id is not null;
