/** Why a sign-in link was refused, by the API's code. */
export const SIGN_IN_ERRORS = {
  sign_in_link_used: "This sign-in link has already been used. Each link works once.",
  sign_in_link_expired: "This sign-in link has expired. Links are valid for 15 minutes.",
  bad_sign_in_link: "This sign-in link is not valid. It may not have been copied completely.",
} as const;

export type Refusal = keyof typeof SIGN_IN_ERRORS;
export const SIGN_IN_ERROR_CODES = Object.keys(SIGN_IN_ERRORS) as [Refusal, ...Refusal[]];
