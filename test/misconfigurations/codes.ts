/** Every code an operator or integrator can meet: what it means, and what to do. The guide is written from it. */

export interface Code {
  /** The code, or a family of codes such as `<resource>_not_found`. */
  code: string
  /** The resources it stands on, for codes of resources. */
  on?: string
  means: string
  todo: string
}

/** Calls that are refused: `error.type`, by HTTP status. Nothing has changed then. */
export const REFUSALS: readonly (Code & { status: number })[] = [
  {
    status: 400,
    code: 'invalid_idempotency_key',
    means: 'The header `Idempotency-Key` is empty, too long, or has spaces.',
    todo: 'Send 1 to 255 printable characters without spaces.',
  },
  {
    status: 400,
    code: 'invalid_input',
    means:
      'A parameter is missing, misspelt, of a wrong form, contradicts another one, or asks for what the system cannot do.',
    todo: 'Read `message`, and `validation_errors`, which names each parameter with what it takes.',
  },
  {
    status: 400,
    code: 'validation_error',
    means: 'A rule of reservations: the doors do not belong to any, or demand one that was not named.',
    todo: 'Add a `reservation_key`, or leave it out where no door belongs to reservations.',
  },
  {
    status: 400,
    code: 'invalid_options',
    means: 'Parameters that exclude one another, or a client session that belongs to somebody else.',
    todo: 'Send one of them; for another customer, use another `user_identifier_key`.',
  },
  {
    status: 400,
    code: 'invalid_content_type',
    means: 'The body is not JSON.',
    todo: 'Send the header `Content-Type: application/json`.',
  },
  {
    status: 400,
    code: 'invalid_query_params',
    means: 'A query string with lists written as `k[0]=`.',
    todo: 'Repeat the parameter: `k=a&k=b`.',
  },
  {
    status: 400,
    code: 'mismatched_page_parameters',
    means: 'A page cursor was used with other parameters than the list it came from.',
    todo: 'Send the same parameters for every page of one list.',
  },
  {
    status: 400,
    code: 'invalid_event_types',
    means: 'A webhook, or a test of one, names an event that does not exist.',
    todo: 'See `/openapi.json` for those there are, or send `*` for all.',
  },
  {
    status: 400,
    code: 'webhook_disabled',
    means:
      'Something was to be sent again to a webhook that is disabled, because every delivery had failed for five days.',
    todo: 'Mend the receiver and call `/webhooks/test`: a test that succeeds enables the webhook again. Then resend.',
  },
  {
    status: 400,
    code: 'full_name_required',
    means: 'A user of an access system without a name.',
    todo: 'Give the name of the person.',
  },
  {
    status: 400,
    code: 'client_session_token_already_exists',
    means: 'A client session has this `user_identifier_key` already.',
    todo: 'Use `/client_sessions/get_or_create`.',
  },
  {
    status: 400,
    code: 'invalid_client_session_token',
    means: 'The header for client sessions holds something else.',
    todo: 'Send the token of a client session, which starts with `seam_cst`; API keys go into `Authorization`.',
  },
  {
    status: 400,
    code: 'publishable_key_header_required',
    means: '`/client_sessions/get_or_create` without any key.',
    todo: 'Send the publishable key of the workspace in `seam-publishable-key`, or an API key in `Authorization`.',
  },
  {
    status: 400,
    code: 'publishable_key_requires_user_identifier_key',
    means: 'A publishable key alone does not say whose session it is to be.',
    todo: 'Send `user_identifier_key` with it.',
  },
  {
    status: 400,
    code: 'workspace_not_sandbox',
    means: 'A `/sandbox/*` or `simulate` operation, or a reset, was called in a production workspace.',
    todo: 'Use the key of a sandbox workspace.',
  },
  {
    status: 400,
    code: 'not_supported',
    means: 'This access system does not do that.',
    todo: 'See `docs/systems` for what it does. With status 501: outside what Lockstitch is for.',
  },
  {
    status: 400,
    code: 'login_refused',
    means: 'The access system does not take the login that was given to connect it.',
    todo: 'Check the fields that the message names; `/connected_accounts/list_providers` says what is asked for.',
  },
  {
    status: 400,
    code: 'system_unreachable',
    means: 'The access system did not answer when it was to be connected.',
    todo: 'Check its address and that it is running, then connect it again.',
  },
  {
    status: 401,
    code: 'unauthorized',
    means: 'No key, one that does not exist, or one that may not call this operation.',
    todo: 'Send an API key as `Authorization: Bearer <key>`; a personal access token also needs `seam-workspace`.',
  },
  {
    status: 401,
    code: 'client_session_not_found',
    means: 'The client session of this token was deleted.',
    todo: 'Make a new one with `/client_sessions/create`.',
  },
  {
    status: 401,
    code: 'client_session_revoked',
    means: 'The client session was revoked.',
    todo: 'Make a new one with `/client_sessions/create`.',
  },
  {
    status: 401,
    code: 'client_session_expired',
    means: 'The client session is past its `expires_at`.',
    todo: 'Make a new one with `/client_sessions/create`.',
  },
  {
    status: 401,
    code: 'workspace_not_found',
    means: 'The workspace of the token or publishable key is not there (any more).',
    todo: 'Use a key of a workspace that is.',
  },
  {
    status: 403,
    code: 'forbidden',
    means: 'The caller is known and may not do this.',
    todo: 'Use an API key, or a client session of the right customer or Instant Key.',
  },
  {
    status: 403,
    code: 'publishable_keys_must_create_empty_client_sessions',
    means: 'A publishable key is in everybody’s hands: a session made with it begins empty.',
    todo: 'Give the session its resources with `/client_sessions/grant_access` and an API key.',
  },
  {
    status: 404,
    code: '<resource>_not_found',
    means:
      'Nothing in this workspace has the id or key: it was deleted, is mistyped, or is the id of something else (the message then says of what).',
    todo: 'Look the thing up in the list that the message names.',
  },
  {
    status: 404,
    code: 'not_found',
    means: 'No operation has this path.',
    todo: 'See `/openapi.json` for those there are.',
  },
  {
    status: 405,
    code: 'method_not_allowed',
    means: 'The operation exists, and not with this HTTP method.',
    todo: 'Use one of those that the message lists; POST works everywhere.',
  },
  {
    status: 409,
    code: 'conflict',
    means:
      'It clashes with what stands: a reservation with other doors or times, a user that belongs to another person, or too many calls that change one thing at once.',
    todo: 'The message says what to delete, unlink or wait for first.',
  },
  {
    status: 409,
    code: 'idempotency_key_reused',
    means: 'The `Idempotency-Key` was used for another request within the last 24 hours. Nothing was done.',
    todo: 'Use a new key for each change, and the same one only to repeat it (`docs/guide/repeating-requests.md`).',
  },
  {
    status: 409,
    code: 'idempotency_answer_lost',
    means:
      'The request with this `Idempotency-Key` took effect once; its answer was lost in a crash, and what it was about is gone or changed.',
    todo: 'Read the resource to see how it stands.',
  },
  {
    status: 409,
    code: '<resource>_already_exists',
    means: 'A key, e-mail address, phone number or installation that must be unique is taken; `data` says by whom.',
    todo: 'Use or change the one that has it, or send another value.',
  },
  {
    status: 409,
    code: 'not_settled',
    means: 'Sandbox: work of the workspace cannot be done, most often because a fault is set.',
    todo: 'Clear the fault with `/sandbox/systems/set_fault`, then try again.',
  },
  {
    status: 410,
    code: 'instant_key_expired',
    means: 'The link is past its end.',
    todo: 'Make a new one with `/user_identities/generate_instant_key`.',
  },
  {
    status: 410,
    code: 'instant_key_used',
    means: 'The link was opened on as many devices as it may be.',
    todo: 'Make a new one, with a higher `max_use_count` where several people share it.',
  },
  {
    status: 401,
    code: 'invalid_login',
    means: 'The console has no account with this e-mail address and password.',
    todo: 'Check both. A new password is set with `npm run lockstitch -- console-user`.',
  },
  {
    status: 403,
    code: 'csrf_token_invalid',
    means: 'A request on the cookie of a console session lacks its token.',
    todo: 'Ask `/console/sessions/get` for it and send it as `x-csrf-token`; programs use an API key instead.',
  },
  {
    status: 403,
    code: 'cross_site_request',
    means: 'A page of another address asked in the name of a signed-in console.',
    todo: 'Open the console at its own address; behind a proxy set `LOCKSTITCH_PUBLIC_URL` to the address that browsers use.',
  },
  {
    status: 409,
    code: 'last_owner',
    means: 'The last owner of a workspace cannot be removed.',
    todo: 'Make somebody else an owner first.',
  },
  {
    status: 413,
    code: 'payload_too_large',
    means: 'The body is larger than 1 MiB.',
    todo: 'Split the call.',
  },
  {
    status: 429,
    code: 'rate_limit_exceeded',
    means:
      'Too much within a minute: requests of a caller, unlocks of a door (outside sandboxes); or too many unknown keys or Instant Keys from one address.',
    todo: 'Wait as `retry-after` says. The README lists the settings.',
  },
  {
    status: 429,
    code: 'too_many_live_streams',
    means: 'Too many open pages of one user are told of changes at once.',
    todo: 'Close some of the pages.',
  },
  {
    status: 500,
    code: 'internal_server_error',
    means: 'A fault of Lockstitch.',
    todo: 'Look the `request_id` up in the log, and report it.',
  },
  {
    status: 501,
    code: 'not_implemented',
    means: 'The operation is documented and not served by this version yet.',
    todo: 'See `contract/coverage.md` for those that are.',
  },
  {
    status: 503,
    code: 'server_overloaded',
    means: 'The server has more requests under way than it can answer in time. Nothing was done.',
    todo: 'Wait as `retry-after` says. If it lasts, run more processes, or raise `LOCKSTITCH_REQUESTS_AT_ONCE`.',
  },
  {
    status: 503,
    code: 'service_unavailable',
    means: 'The database cannot be reached.',
    todo: 'Check that it is running; call again.',
  },
]

/** `errors` of resources. */
export const ERRORS: readonly Code[] = [
  {
    code: 'cannot_create_requested_access_methods',
    on: 'access grant',
    means:
      'A requested mode cannot be had: no door takes it, a door is left out, a person may have only one, no PIN is free, or a credential manager is missing.',
    todo: 'Request another mode with `/access_grants/request_access_methods`, change the doors with `/access_grants/update`, or remove what stands in the way.',
  },
  {
    code: 'failed_to_issue',
    on: 'access method',
    means: 'It was not issued by its start, or was lost at the system: the message names the system and what it said.',
    todo: 'Mend what the message names. It is issued by itself once the system takes it; one that was lost is to be deleted and requested again.',
  },
  {
    code: 'failed_to_create_on_acs_system',
    on: 'user, access group',
    means: 'The access system refused to create it.',
    todo: 'Change what the message names; each change is tried again.',
  },
  {
    code: 'failed_to_update_on_acs_system',
    on: 'user, access group',
    means: 'The access system refused the change and holds what it held before.',
    todo: 'Change what the message names; each change is tried again.',
  },
  {
    code: 'failed_to_delete_on_acs_system',
    on: 'user, access group',
    means: 'The access system refused to delete it.',
    todo: 'Remove what holds it there, then delete it again.',
  },
  {
    code: 'provider_issue',
    on: 'credential',
    means: 'The access system did not take the credential.',
    todo: 'Read the message and the errors of the access system; the credential is tried again when either changes.',
  },
  {
    code: 'deleted_externally',
    on: 'user, credential',
    means: 'Somebody deleted it in the software of the access system. It is not put back by itself.',
    todo: 'If the person should have access, delete it here too and give access anew.',
  },
  {
    code: 'latch_conflict_with_resident_user',
    on: 'user',
    means: 'Latch knows the person as a resident, whom Lockstitch may not change.',
    todo: 'Use another e-mail address for the guest, or manage the resident at Latch.',
  },
  {
    code: 'salto_ks_subscription_limit_exceeded',
    on: 'user, access system, connected account',
    means: 'Every user subscription of the Salto KS site is taken: nobody else can be let in.',
    todo: 'Delete users that are no longer needed, or add subscriptions at Salto; what waits goes on by itself.',
  },
  {
    code: 'issue_with_acs_user',
    on: 'user identity',
    means: 'A user of this person at an access system has an error.',
    todo: 'See the errors of the user that `acs_user_id` names.',
  },
  {
    code: 'acs_encoder_removed',
    on: 'encoder',
    means: 'The access system has this encoder no longer.',
    todo: 'Connect it again there, or use another one from `/acs/encoders/list`.',
  },
  {
    code: 'acs_entrance_removed',
    on: 'entrance',
    means: 'The access system has this door no longer.',
    todo: 'Take it out of grants and spaces, or bring it back there: it is the same door again.',
  },
  {
    code: 'provider_service_unavailable',
    on: 'access system (as a warning also on the connected account)',
    means: 'The access system does not answer.',
    todo: 'Check that it is running and reachable. It is tried again by itself, and what waits goes out then.',
  },
  {
    code: 'acs_system_disconnected',
    on: 'access system',
    means: 'Nothing can be told to the access system at the moment; another error says why.',
    todo: 'See the other errors of the access system.',
  },
  {
    code: 'account_disconnected',
    on: 'connected account, access system',
    means: 'The access system refuses the login.',
    todo: 'Connect it again with a valid login. Nothing is told to it before.',
  },
  {
    code: 'visionline_instance_unreachable',
    on: 'access system',
    means: 'The Visionline server does not answer.',
    todo: 'Check that it is running, and its address.',
  },
  {
    code: 'bridge_disconnected',
    on: 'access system, connected account',
    means: 'The bridge in the building does not answer.',
    todo: 'Check that it is running and has a connection.',
  },
  {
    code: 'device_disconnected',
    on: 'device',
    means: 'The access system of this lock does not answer, or takes no login: nothing is known of the lock.',
    todo: 'See the errors of its access system; the lock follows by itself.',
  },
  {
    code: 'device_offline',
    on: 'device',
    means: 'The access system says that this lock is cut off.',
    todo: 'Look at its power and its connection.',
  },
  {
    code: 'device_removed',
    on: 'device',
    means: 'The access system has this lock no longer.',
    todo: 'Take the door out of grants and spaces, or bring it back there: it is the same one again.',
  },
  {
    code: 'insufficient_permissions',
    on: 'user, credential',
    means: 'The login may not do this at the access system.',
    todo: 'Give the account more rights there.',
  },
]

/** `warnings` of resources. */
export const WARNINGS: readonly Code[] = [
  {
    code: 'underprovisioned_access',
    on: 'access grant',
    means:
      'The grant opens less than it says: a space without doors, no access methods, a suspended person (`reason` tells which), a door that is gone, or doors whose systems have not followed yet.',
    todo: 'Do what the message says. Doors on their way need nothing: the warning ends when they have arrived.',
  },
  {
    code: 'overprovisioned_access',
    on: 'access grant',
    means: 'Doors that the grant has lost can still be opened: their systems have not followed yet.',
    todo: 'Wait, and see the errors of the access system if it stays.',
  },
  {
    code: 'updating_access_times',
    on: 'access grant, access method',
    means: 'New times are on their way to the systems; a written card waits to be encoded again.',
    todo: 'Encode the card; else wait.',
  },
  {
    code: 'requested_code_unavailable',
    on: 'access grant, credential',
    means: 'The PIN that was wished for cannot be used at a door, so another one was made.',
    todo: 'Hand out `new_code`.',
  },
  {
    code: 'delay_in_issuing',
    on: 'access method',
    means: 'It starts within 15 minutes and is not issued: the message names the system.',
    todo: 'Check that system.',
  },
  {
    code: 'being_deleted',
    on: 'access grant, access method, user, credential, access group, user identity',
    means:
      'Its deletion is under way at the access system, which may open doors until it has confirmed it. A grant or access method with it can be read and deleted again, which asks the systems at once, and nothing else; its keys are free.',
    todo: 'Wait; check the access system that the message names if it stays.',
  },
  {
    code: 'waiting_to_be_issued',
    on: 'credential',
    means: 'Nobody has made the card yet.',
    todo: 'Encode it, or give it a registered card, as the message says.',
  },
  {
    code: 'needs_to_be_reissued',
    on: 'credential',
    means: 'What the holder may open has changed since the card was written.',
    todo: 'Encode the card again. Until then it opens what is written on it.',
  },
  {
    code: 'schedule_modified',
    on: 'credential',
    means: 'Its start lay in the past and was moved to now.',
    todo: 'Nothing, unless the date was a slip.',
  },
  {
    code: 'unknown_issue_with_acs_credential',
    on: 'credential',
    means: 'Nobody can open a door with it: its user is in no access group, or has no user identity for its phones.',
    todo: 'Do what the message says.',
  },
  {
    code: 'unknown_issue_with_acs_user',
    on: 'user',
    means: 'The user was changed in the software of the access system, and is being put back.',
    todo: 'Make changes here. If it comes back, somebody keeps changing it there.',
  },
  {
    code: 'unknown_issue_with_acs_access_group',
    on: 'access group',
    means:
      'A group that belongs to Lockstitch was changed in the software of the access system, and is being put back.',
    todo: 'Leave groups that Lockstitch made alone there.',
  },
  {
    code: 'unknown_issue_with_acs_system',
    on: 'access system',
    means: 'The last look at the system failed.',
    todo: 'It is looked at again by itself; read the message if it stays.',
  },
  {
    code: 'acs_user_inactive',
    on: 'user',
    means: 'The user opens no doors now: outside its schedule, or in no access level.',
    todo: 'Change the schedule, or add the user to an access level.',
  },
  {
    code: 'latch_resident_user',
    on: 'user',
    means: 'The person was created in Latch Mission Control, and is managed there alone.',
    todo: 'Nothing: change the person there.',
  },
  {
    code: 'salto_ks_user_not_subscribed',
    on: 'user',
    means: 'Outside its schedule the user takes no subscription of the site.',
    todo: 'Nothing before the start; else change the schedule.',
  },
  {
    code: 'salto_ks_subscription_limit_almost_reached',
    on: 'access system',
    means: 'More than four fifths of the user subscriptions of the Salto KS site are taken.',
    todo: 'Delete users that are no longer needed, or add subscriptions at Salto.',
  },
  {
    code: 'acs_user_profile_does_not_match_user_identity',
    on: 'user identity',
    means: 'An access system refused the changed data of the person and still shows the old ones.',
    todo: 'Change what the message names.',
  },
  {
    code: 'entrance_shares_zone',
    on: 'entrance',
    means: 'The door cannot be granted without the other doors of its zone.',
    todo: 'Grant all of them, or give the door a zone of its own in the software of the maker.',
  },
  {
    code: 'privacy_mode',
    on: 'entrance',
    means: 'Somebody inside has shut the door against guests.',
    todo: 'Whoever is inside ends it.',
  },
  {
    code: 'setup_required',
    on: 'access system',
    means: 'The system cannot list its doors, and none were declared.',
    todo: 'Declare rooms and encoders with `/acs/systems/report_devices`.',
  },
  {
    code: 'deliveries_failing',
    on: 'webhook',
    means: 'The receiver does not take events; the message says why, and how many wait.',
    todo: 'Mend the receiver. What waits is sent again by itself; what was given up with `/webhooks/deliveries/resend`.',
  },
  {
    code: 'webhook_disabled',
    on: 'webhook',
    means: 'Every delivery had failed for five days; nothing more is sent, events are kept.',
    todo: 'Mend the receiver and call `/webhooks/test`: a test that succeeds enables the webhook again. `/webhooks/deliveries/resend` with `since` sends what it missed.',
  },
]

/** `error.type` of action attempts. */
export const ATTEMPTS: readonly Code[] = [
  {
    code: 'no_card_on_encoder',
    means: 'Nothing lies on the encoder. Called `no_credential_on_encoder` where a credential or a scan was asked for.',
    todo: 'Place a card and try again.',
  },
  {
    code: 'no_credential_on_encoder',
    means: 'Nothing lies on the encoder or reader.',
    todo: 'Place a card and try again.',
  },
  {
    code: 'incompatible_card_format',
    means: 'The card on the encoder is of a kind that the system does not write.',
    todo: 'Use a card of the format that the message names.',
  },
  {
    code: 'credential_cannot_be_reissued',
    means: 'The credential stands on another card already.',
    todo: 'Place that card; if it is lost, delete the access method and request another one.',
  },
  {
    code: 'encoding_interrupted',
    means: 'The card was lifted too soon.',
    todo: 'Leave it on the encoder and try again.',
  },
  {
    code: 'encoder_not_online',
    means: 'The encoder or its access system does not answer, or is no longer there.',
    todo: 'Check that it is switched on and connected.',
  },
  {
    code: 'encoder_communication_timeout',
    means: 'The encoder did not answer in time.',
    todo: 'Check its connection and try again.',
  },
  {
    code: 'bridge_disconnected',
    means: 'The bridge in the building does not answer.',
    todo: 'Check that it is running and has a connection.',
  },
  {
    code: 'credential_deleted',
    means: 'The credential was deleted before it could be written.',
    todo: 'Request another access method.',
  },
  {
    code: 'credential_not_found',
    means: 'No free registered card has this number, or the pool is empty.',
    todo: 'Check the number, unassign the card from whoever holds it, or register further cards at the access system.',
  },
  {
    code: 'action_attempt_expired',
    means: 'No answer came within the time for it.',
    todo: 'Check the encoder or door and try again.',
  },
  {
    code: 'uncategorized_error',
    means: 'Something else stood in the way; the message says what.',
    todo: 'Do what the message says.',
  },
]

/** Warnings of a scan. */
export const SCANS: readonly Code[] = [
  {
    code: 'acs_credential_on_encoder_out_of_sync',
    means: 'The card holds something else than it should; the message names the fields.',
    todo: 'Encode the card again.',
  },
  {
    code: 'acs_credential_on_seam_not_found',
    means: 'No credential of this workspace is on the card.',
    todo: 'Create a credential and encode it, if the card is to be used here.',
  },
]

/** `warnings` beside the answer of a call that did what it could. Outside the published contract; SDKs pass over them. */
export const ANSWERS: readonly Code[] = [
  {
    code: 'unrecognized_parameter',
    means: 'A parameter that the operation does not have was passed over.',
    todo: 'Leave it out, or use one of those that the message lists. A name that is nearly right is refused instead.',
  },
  {
    code: 'time_zone_assumed',
    means: 'A time without an offset was taken as UTC.',
    todo: 'Send the offset of the building, such as `2026-07-01T15:00:00+02:00`.',
  },
  {
    code: 'parameter_ignored',
    means: 'A parameter has no effect here.',
    todo: 'Leave it out.',
  },
  {
    code: 'nothing_to_do',
    means: 'What was to be taken away was not there.',
    todo: 'Check the id.',
  },
  {
    code: 'no_effect_yet',
    means: 'It was made and opens nothing yet: something else is needed first.',
    todo: 'Do what the message says.',
  },
]

/** Why a virtual door stays shut: `reason` of a door attempt in the sandbox. */
export const DOORS: readonly Code[] = [
  { code: 'not_yet_valid', means: 'The access has not started.', todo: 'Wait for the start, or move it.' },
  {
    code: 'expired',
    means: 'The access is over.',
    todo: 'Move its end, and encode a written card again.',
  },
  {
    code: 'no_access_to_entrance',
    means: 'The credential is good and not for this door.',
    todo: 'Add the door to the grant or group, and encode a written card again.',
  },
  { code: 'revoked', means: 'The credential was deleted.', todo: 'Issue a new one.' },
  {
    code: 'overridden',
    means: 'A newer stay, or a newer card of the same user, was used at this door.',
    todo: 'Issue a new card to whoever is still to come in.',
  },
  { code: 'suspended', means: 'The user is suspended.', todo: 'Lift it with `/acs/users/unsuspend`.' },
  {
    code: 'not_subscribed',
    means: 'Salto KS: the user has no subscription now.',
    todo: 'See its schedule, and the free subscriptions of the site.',
  },
  {
    code: 'not_issued',
    means: 'The card is bound to nobody, or was not issued yet.',
    todo: 'Assign or encode it.',
  },
  {
    code: 'unknown_credential',
    means: 'The door does not know what it was shown.',
    todo: 'Grant access to this door, or wait until it was issued.',
  },
  { code: 'blank_card', means: 'Nothing is written on the card.', todo: 'Encode it.' },
  {
    code: 'wrong_format',
    means: 'The reader cannot read such a card.',
    todo: 'Use one that an encoder of the system has written.',
  },
  { code: 'privacy_mode', means: 'Somebody inside has shut the door.', todo: 'Whoever is inside ends it.' },
  { code: 'entrance_offline', means: 'The door has lost its system.', todo: 'Check its connection.' },
]
