-- When what is connected was connected, or what was last, by the payment service's clock: it tells of that late and again. Null
-- where that was never, or before this column.
alter table payment_method add column connected_at timestamptz;

-- Payments that are looked up, where nobody has told what became of them; those by invoice are pending too.
create index payment_pending on payment (adapter) where state = 'pending';
