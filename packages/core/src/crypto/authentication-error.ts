/**
 * Why a request is not accepted as coming from its sender.
 * @module
 */

/** A refusal; the message names what is wrong and is meant for the client's developer. */
export type AuthenticationError = {
  readonly code:
    /** The anonymous sender with a key, a signature, delegations or sender information. */
    | 'AUTH_ANONYMOUS_SIGNED'
    | 'AUTH_REQUEST_EXPIRED'
    | 'AUTH_EXPIRY_TOO_FAR'
    /** `sender_pubkey` or `sender_sig` is missing. */
    | 'AUTH_SIGNATURE_MISSING'
    /** `sender` is not the principal of `sender_pubkey`. */
    | 'AUTH_SENDER_MISMATCH'
    | 'AUTH_KEY_INVALID'
    | 'AUTH_SIGNATURE_INVALID'
    | 'AUTH_DELEGATIONS_TOO_MANY'
    | 'AUTH_DELEGATION_TARGETS_TOO_MANY'
    | 'AUTH_DELEGATION_KEY_REPEATED'
    | 'AUTH_DELEGATION_EXPIRED'
    | 'AUTH_DELEGATION_PERMISSIONS_UNKNOWN'
    /** An update call with a delegation for queries. */
    | 'AUTH_DELEGATION_QUERIES_ONLY'
    | 'AUTH_DELEGATION_TARGET_EXCLUDED'
    | 'AUTH_DELEGATION_SIGNATURE_INVALID'
    | 'AUTH_SENDER_INFO_INVALID';
  readonly message: string;
};
