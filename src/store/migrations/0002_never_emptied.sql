-- What stands in the ledger stays (DESIGN §9.7): prices are not emptied either, and a seat is released, never deleted.

create trigger price_never_truncated before truncate on price for each statement execute function refuse_change();

create trigger seat_never_deleted before delete on seat for each row execute function refuse_change();
create trigger seat_never_truncated before truncate on seat for each statement execute function refuse_change();
