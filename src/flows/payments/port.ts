/**
 * How the rest of a statement is paid. An adapter is whatever charges a payment method on file; flows know this port alone.
 * An answer that was lost is asked for again, under the same key: an adapter charges once per key.
 */

export interface PaymentRequest {
  readonly account_id: string;
  readonly statement_id: string;
  /** For people, as on the statement. */
  readonly statement_number: number;
  readonly payment_id: string;
  /** More than zero. */
  readonly amount_minor: number;
  readonly currency: string;
  /** One for each attempt; the same whenever the attempt is asked about again. */
  readonly idempotency_key: string;
}

export type PaymentResult =
  | { readonly state: "paid"; readonly reference: string }
  /** It is known later: the adapter tells `recordPayment`, or a person does. */
  | { readonly state: "pending"; readonly reference: string }
  | {
      readonly state: "failed";
      readonly reference: string | null;
      /** Why, in a few words for people, without personal data: `card_declined`. */
      readonly failure: string;
    };

export interface PaymentPort {
  /** As it is stored with each payment. Never renamed. */
  readonly name: string;
  /** @throws where it can't be known what became of it: then it is asked again, under the same key. */
  charge(request: PaymentRequest): Promise<PaymentResult>;
}

/** One whose service can be asked about a payment that it said is pending, where it tells nothing of it. */
export interface AskablePaymentPort extends PaymentPort {
  /** @throws where it can't be known how it stands. */
  lookUp(reference: string): Promise<PaymentResult>;
}
