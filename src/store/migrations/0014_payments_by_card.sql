-- How an account pays what its deposit does not cover: who it is at the payment service, and the method on file there. No card
-- number is ever here. `none`: by invoice. `lost`: the service says that the method is no more.
create table payment_method (
  account_id uuid primary key references account,
  customer_reference text not null unique,
  state text not null check (state in ('none', 'connected', 'lost')),
  method_reference text check ((state = 'none') = (method_reference is null)),
  -- For people: `Visa •••• 4242, 12/2030`.
  description text not null default '',
  changed_at timestamptz not null
);
create index payment_method_by_reference on payment_method (method_reference) where method_reference is not null;
