-- step by step
-- Seats that are drawn from no lot are looked up in none: a new learner of such a license makes an entry less.

drop index concurrently if exists seat_drawn_from_lot;
create index concurrently seat_drawn_from_lot on seat (account_id, lot_id) where lot_id is not null and status <> 'released';
drop index concurrently if exists seat_of_lot;
