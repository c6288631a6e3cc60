-- Prices of whatever is sold, and orders: who bought what, when, at which price (RULES §5). What was settled stays: all of it is
-- append-only, and a correction is an order that points at the line that it takes back.

alter table price add column bundle_id uuid references bundle;
-- `unit`: of each that is bought or used; `overage`: of each beyond what was bought.
alter table price add column covers text not null default 'unit' check (covers in ('unit', 'overage'));
-- Of terms of this length alone; null: of any.
alter table price add column term_months integer check (term_months > 0);
-- Discounts by the quantity within one order: [{"from_quantity": 100, "discount_basis_points": 1000}, …], rising.
alter table price add column tiers jsonb not null default '[]';
alter table price add constraint price_of_one_thing check (course_id is null or bundle_id is null);

create table purchase_order (
  account_id uuid not null references account,
  id uuid not null,
  -- For people: 1, 2, 3 … in each account.
  number integer not null check (number > 0),
  reason text not null check (reason in ('purchase', 'renewal', 'correction')),
  ordered_at timestamptz not null,
  ordered_by text not null,
  -- By the account's own people.
  self_service boolean not null,
  -- What the lines add up to.
  amount_minor bigint not null,
  currency text not null,
  primary key (account_id, id),
  constraint order_number_once unique (account_id, number)
);

create table order_line (
  account_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  position integer not null check (position > 0),
  license_id uuid not null,
  -- As the license had them.
  kind text not null,
  course_id uuid references course,
  bundle_id uuid references bundle,
  -- Below zero: taken back.
  quantity integer not null check (quantity <> 0),
  starts_at timestamptz not null,
  ends_at timestamptz not null check (ends_at > starts_at),
  price_id uuid not null,
  unit_amount_minor bigint not null check (unit_amount_minor >= 0),
  -- The tier that the quantity reached; null: none.
  tier_from_quantity integer,
  discount_basis_points integer not null check (discount_basis_points between 0 and 10000),
  -- Of the unit's price: what is added in mid-term costs the part of the term that is left.
  portion_numerator integer not null check (portion_numerator >= 0),
  portion_denominator integer not null check (portion_denominator > 0),
  amount_minor bigint not null,
  currency text not null,
  corrects_line_id uuid,
  primary key (account_id, id),
  unique (account_id, order_id, position),
  foreign key (account_id, order_id) references purchase_order (account_id, id),
  foreign key (account_id, license_id) references license (account_id, id),
  foreign key (account_id, price_id) references price (account_id, id),
  foreign key (account_id, corrects_line_id) references order_line (account_id, id),
  check ((quantity < 0) = (corrects_line_id is not null)),
  check (case when quantity < 0 then amount_minor <= 0 else amount_minor >= 0 end)
);
create index order_line_of_license on order_line (account_id, license_id, order_id);
create index order_line_corrected on order_line (account_id, corrects_line_id) where corrects_line_id is not null;

-- The lots that a line made.
create table order_line_lot (
  account_id uuid not null,
  line_id uuid not null,
  lot_id uuid not null,
  primary key (account_id, line_id, lot_id),
  constraint lot_bought_once unique (account_id, lot_id),
  foreign key (account_id, line_id) references order_line (account_id, id),
  foreign key (account_id, lot_id) references lot (account_id, id)
);

-- All that a line bought can be taken back.
alter table lot drop constraint lot_quantity_check;
alter table lot add constraint lot_quantity_not_negative check (quantity >= 0);

create trigger purchase_order_append_only before update or delete on purchase_order for each row execute function refuse_change();
create trigger order_line_append_only before update or delete on order_line for each row execute function refuse_change();
create trigger order_line_lot_append_only before update or delete on order_line_lot for each row execute function refuse_change();
create trigger purchase_order_never_truncated before truncate on purchase_order for each statement execute function refuse_change();
create trigger order_line_never_truncated before truncate on order_line for each statement execute function refuse_change();
create trigger order_line_lot_never_truncated before truncate on order_line_lot for each statement execute function refuse_change();
