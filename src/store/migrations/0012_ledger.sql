-- The ledger's seals, deposits, statements and payments (RULES §5, docs/statements.md). What proves an amount is append-only.

-- What the beat that made a charge had counted (RULES §3.1); null: no beat made it. It arrived at `made_at`.
alter table charge add column open_seconds integer;

-- Which transaction wrote it, so that charges which are visible and not sealed yet are found without reading all of them, in
-- whatever order transactions commit (docs/decisions/ledger.md). Null: written before there were seals.
alter table charge add column written_in xid8;
alter table charge alter column written_in set default pg_current_xact_id();

-- A correction is negative, of the same currency, of a charge that is none itself, and all of them are never more than it.
create function refuse_overcredit() returns trigger language plpgsql as $$
declare
  original record;
  credited bigint;
begin
  select amount_minor, currency, corrects_charge_id into original from charge
    where account_id = new.account_id and id = new.corrects_charge_id for no key update;
  select coalesce(sum(amount_minor), 0) into credited from charge
    where account_id = new.account_id and corrects_charge_id = new.corrects_charge_id;
  if original.corrects_charge_id is not null or new.currency <> original.currency or new.amount_minor >= 0
    or original.amount_minor + credited + new.amount_minor < 0 then
    raise exception 'a correction is never more than its charge' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger charge_never_overcredited before insert on charge for each row
  when (new.corrects_charge_id is not null) execute function refuse_overcredit();

-- A seal gives a charge its place in its account's chain. `hash`: SHA-256 of the hash before it, the place and the charge.
create table charge_seal (
  account_id uuid not null,
  sequence bigint not null check (sequence > 0),
  charge_id uuid not null,
  hash bytea not null check (length(hash) = 32),
  sealed_at timestamptz not null,
  primary key (account_id, sequence),
  constraint charge_sealed_once unique (account_id, charge_id),
  foreign key (account_id, charge_id) references charge (account_id, id)
);

-- The end of an account's chain. Whoever adds to it holds its row.
create table ledger_chain (
  account_id uuid primary key references account,
  sequence bigint not null check (sequence >= 0),
  hash bytea not null check (length(hash) = 32)
);

-- Whatever transactions before this one wrote is sealed.
create table ledger_horizon (
  is_the_one boolean primary key default true check (is_the_one),
  written_before xid8 not null
);

-- The period of an account that is open. Whoever closes it, or moves its deposit, holds its row.
create table billing (
  account_id uuid primary key references account,
  day integer not null default 1 check (day between 1 and 28),
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null check (period_ends_at > period_starts_at),
  -- Every charge before this place of the chain is on a statement.
  first_unbilled bigint not null default 1 check (first_unbilled > 0),
  -- Null: a fifth of the last top-up.
  deposit_low_mark_minor bigint check (deposit_low_mark_minor >= 0)
);
create index billing_due on billing (period_ends_at);

create table statement (
  account_id uuid not null references account,
  id uuid not null,
  number integer not null check (number > 0),
  account_name text not null,
  period_starts_at timestamptz not null,
  period_ends_at timestamptz not null check (period_ends_at > period_starts_at),
  currency text not null,
  lines integer not null check (lines >= 0),
  ordered_minor bigint not null,
  charged_minor bigint not null check (charged_minor >= 0),
  corrected_minor bigint not null check (corrected_minor <= 0),
  deposit_drawn_minor bigint not null check (deposit_drawn_minor >= 0),
  deposit_credited_minor bigint not null check (deposit_credited_minor >= 0),
  due_minor bigint not null check (due_minor >= 0),
  deposit_before_minor bigint not null check (deposit_before_minor >= 0),
  deposit_after_minor bigint not null check (deposit_after_minor >= 0),
  sealed_sequence bigint not null,
  sealed_hash bytea not null check (length(sealed_hash) = 32),
  closed_at timestamptz not null,
  primary key (account_id, id),
  constraint statement_number_once unique (account_id, number),
  constraint statement_once unique (account_id, period_starts_at),
  constraint statement_settled
    check (charged_minor + corrected_minor = deposit_drawn_minor - deposit_credited_minor + due_minor),
  constraint statement_deposit
    check (deposit_after_minor = deposit_before_minor - deposit_drawn_minor + deposit_credited_minor)
);
create index statement_by_id on statement (account_id, id desc);

-- A charge, or a line of an order: on one statement, once.
create table statement_line (
  account_id uuid not null,
  statement_id uuid not null,
  position integer not null check (position > 0),
  type text not null check (type in ('order', 'charge', 'correction')),
  charge_id uuid check ((type <> 'order') = (charge_id is not null)),
  order_line_id uuid check ((type = 'order') = (order_line_id is not null)),
  amount_minor bigint not null,
  -- Of the course or bundle, as it was called when the period was closed; null: the whole catalog.
  title text,
  primary key (account_id, statement_id, position),
  constraint charge_billed_once unique (account_id, charge_id),
  constraint order_line_billed_once unique (account_id, order_line_id),
  foreign key (account_id, statement_id) references statement (account_id, id),
  foreign key (account_id, charge_id) references charge (account_id, id),
  foreign key (account_id, order_line_id) references order_line (account_id, id)
);

-- The deposit is the sum of its lines (RULES §5).
create table deposit_line (
  account_id uuid not null references account,
  id uuid not null,
  type text not null check (type in ('top_up', 'draw', 'refund', 'credit')),
  amount_minor bigint not null,
  currency text not null,
  -- Of draws and credits: what they settled.
  statement_id uuid check ((type in ('draw', 'credit')) = (statement_id is not null)),
  -- Of top-ups and refunds: how the money came or went, in the vendor's own books.
  reference text not null default '',
  made_at timestamptz not null,
  made_by text not null,
  primary key (account_id, id),
  constraint deposit_settles_once unique (account_id, statement_id),
  check (case when type in ('top_up', 'credit') then amount_minor > 0 else amount_minor < 0 end),
  foreign key (account_id, statement_id) references statement (account_id, id)
);

create function refuse_overdraft() returns trigger language plpgsql as $$
begin
  perform 1 from billing where account_id = new.account_id for no key update;
  if (select coalesce(sum(amount_minor), 0) from deposit_line where account_id = new.account_id) + new.amount_minor < 0 then
    raise exception 'there is less in the deposit' using errcode = 'check_violation';
  end if;
  return new;
end
$$;
create trigger deposit_never_overdrawn before insert on deposit_line for each row
  when (new.amount_minor < 0) execute function refuse_overdraft();

-- An attempt to have the rest of a statement paid; its id is the idempotency key. The one thing here that changes: its state.
create table payment (
  account_id uuid not null,
  id uuid not null,
  statement_id uuid not null,
  attempt integer not null check (attempt > 0),
  amount_minor bigint not null check (amount_minor > 0),
  currency text not null,
  state text not null check (state in ('requested', 'pending', 'failed', 'paid')),
  -- Null until the adapter was asked.
  adapter text,
  reference text,
  failure text check ((state = 'failed') = (failure is not null)),
  requested_at timestamptz not null,
  -- Whoever asks has until then; after that somebody else asks again, under the same key.
  asked_until timestamptz,
  -- When it was paid, or failed.
  ended_at timestamptz check ((state in ('failed', 'paid')) = (ended_at is not null)),
  primary key (account_id, id),
  constraint payment_attempt_once unique (account_id, statement_id, attempt),
  foreign key (account_id, statement_id) references statement (account_id, id)
);
-- Nothing is paid twice: another attempt only after one that failed.
create unique index payment_once on payment (account_id, statement_id) where state <> 'failed';
create index payment_requested on payment (requested_at) where state = 'requested';

create trigger charge_seal_append_only before update or delete on charge_seal for each row execute function refuse_change();
create trigger charge_seal_never_truncated before truncate on charge_seal for each statement execute function refuse_change();
create trigger statement_append_only before update or delete on statement for each row execute function refuse_change();
create trigger statement_never_truncated before truncate on statement for each statement execute function refuse_change();
create trigger statement_line_append_only before update or delete on statement_line for each row execute function refuse_change();
create trigger statement_line_never_truncated before truncate on statement_line for each statement execute function refuse_change();
create trigger deposit_line_append_only before update or delete on deposit_line for each row execute function refuse_change();
create trigger deposit_line_never_truncated before truncate on deposit_line for each statement execute function refuse_change();
create trigger payment_never_deleted before delete on payment for each row execute function refuse_change();
create trigger payment_never_truncated before truncate on payment for each statement execute function refuse_change();
