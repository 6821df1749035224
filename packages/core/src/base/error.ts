/**
 * One error class for the whole repository: switch on `detail.code`, never on the class or the message.
 *
 * Codes are `AREA_REASON` and listed in docs/errors.md. The message is for people: what happened, why, what to do.
 */
export class IcError<Detail extends { readonly code: string } = { readonly code: string }> extends Error {
  override readonly name: string = 'IcError';
  readonly detail: Detail;
  constructor(detail: Detail, message?: string, options?: { cause?: unknown }) {
    super(message ?? detail.code, options);
    this.detail = detail;
  }
}
