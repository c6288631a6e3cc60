-- How much is used, per license and per kind, month by month (docs/usage.md). Whatever changes a seat or makes a charge adds a
-- row of what that changes, in its own transaction, and waits for nobody; rows are summed up afterwards. Sums and rows that are
-- not summed up yet, read in one statement, are exact at any moment.
--
-- Adding the triggers keeps seats and charges from being written for as long as those that are there take to be counted: about a
-- second for a million.

create table usage_change (
  account_id uuid not null,
  license_id uuid not null,
  -- The first day of a calendar month, UTC.
  month date not null,
  -- Seats that began in it, and are not released.
  started integer not null default 0,
  -- Of these, those that are pending.
  pending integer not null default 0,
  -- Seats that were confirmed in it, and are not released.
  confirmed integer not null default 0,
  released integer not null default 0,
  -- Corrections aside; the sum has them.
  charges integer not null default 0,
  charged_minor bigint not null default 0
);
create index usage_change_of_license on usage_change (account_id, license_id);

create table usage_month (
  account_id uuid not null,
  license_id uuid not null,
  month date not null,
  started bigint not null,
  pending bigint not null,
  confirmed bigint not null,
  released bigint not null,
  charges bigint not null,
  charged_minor bigint not null,
  primary key (account_id, license_id, month)
);

-- The same over all licenses of a kind: an account can have thousands.
create table usage_kind_month (
  account_id uuid not null,
  kind text not null,
  month date not null,
  started bigint not null,
  pending bigint not null,
  confirmed bigint not null,
  released bigint not null,
  charges bigint not null,
  charged_minor bigint not null,
  primary key (account_id, kind, month)
);

create function month_of(at timestamptz) returns date language sql immutable parallel safe as $$
  select date_trunc('month', at at time zone 'UTC')::date
$$;

-- What a seat adds to the months that it began, was confirmed and was released in.
create function usage_of_seat(seat seat)
returns table (month date, started integer, pending integer, confirmed integer, released integer)
language sql immutable parallel safe as $$
  select month_of(seat.starts_at), 1, (seat.status = 'pending')::integer, 0, 0 where seat.status <> 'released'
  union all
  select month_of(seat.confirmed_at), 0, 0, 1, 0 where seat.status = 'confirmed'
  union all
  select month_of(seat.released_at), 0, 0, 0, 1 where seat.status = 'released'
$$;

create function count_seat() returns trigger language plpgsql as $$
declare
  began date;
begin
  if tg_op = 'INSERT' and new.status <> 'released' then
    began := date_trunc('month', new.starts_at at time zone 'UTC');
    -- What nearly every new seat is, in one row.
    if new.confirmed_at is null or new.confirmed_at = new.starts_at then
      insert into usage_change (account_id, license_id, month, started, pending, confirmed)
      values (new.account_id, new.license_id, began, 1, (new.status = 'pending')::integer, (new.status = 'confirmed')::integer);
      return null;
    end if;
  end if;
  if tg_op = 'UPDATE' then
    insert into usage_change (account_id, license_id, month, started, pending, confirmed, released)
    select old.account_id, old.license_id, use.month, -use.started, -use.pending, -use.confirmed, -use.released
    from usage_of_seat(old) as use;
  end if;
  insert into usage_change (account_id, license_id, month, started, pending, confirmed, released)
  select new.account_id, new.license_id, use.month, use.started, use.pending, use.confirmed, use.released
  from usage_of_seat(new) as use;
  return null;
end
$$;

create function count_charge() returns trigger language plpgsql as $$
begin
  insert into usage_change (account_id, license_id, month, charges, charged_minor)
  values (new.account_id, new.license_id, date_trunc('month', new.made_at at time zone 'UTC'),
    (new.corrects_charge_id is null)::integer, new.amount_minor);
  return null;
end
$$;

create trigger seat_taken_counted after insert on seat for each row execute function count_seat();
create trigger seat_changed_counted after update on seat for each row
  when ((old.status, old.license_id, old.starts_at, old.confirmed_at, old.released_at)
    is distinct from (new.status, new.license_id, new.starts_at, new.confirmed_at, new.released_at))
  execute function count_seat();
create trigger charge_counted after insert on charge for each row execute function count_charge();

-- What is true, whatever was counted.
create view usage_recounted as
  select account_id, license_id, month, sum(started)::bigint as started, sum(pending)::bigint as pending,
    sum(confirmed)::bigint as confirmed, sum(released)::bigint as released, sum(charges)::bigint as charges,
    sum(charged_minor)::bigint as charged_minor
  from (
    select seat.account_id, seat.license_id, use.month, use.started, use.pending, use.confirmed, use.released,
      0 as charges, 0::bigint as charged_minor
    from seat cross join lateral usage_of_seat(seat) as use
    union all
    select account_id, license_id, month_of(made_at), 0, 0, 0, 0, (corrects_charge_id is null)::integer, amount_minor from charge
  ) as one
  group by account_id, license_id, month;

insert into usage_month (account_id, license_id, month, started, pending, confirmed, released, charges, charged_minor)
select account_id, license_id, month, started, pending, confirmed, released, charges, charged_minor from usage_recounted;

insert into usage_kind_month (account_id, kind, month, started, pending, confirmed, released, charges, charged_minor)
select usage_month.account_id, kind, month, sum(started), sum(pending), sum(confirmed), sum(released), sum(charges),
  sum(charged_minor)
from usage_month join license on license.account_id = usage_month.account_id and license.id = usage_month.license_id
group by usage_month.account_id, kind, month;
