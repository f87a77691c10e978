/**
 * The records of the store, one interface per table, fields named as on the wire (craft.md "Names").
 * Instants are ISO 8601 UTC with milliseconds. `version` counts the changes of a row: a command that changes a
 * row passes the version it read, and is decided again when the row has moved on (store/command.ts).
 */

export type Mode = 'code' | 'card' | 'mobile_key' | 'cloud_key'

/** An error or warning as it stands on a resource; extra keys are those of the published model. */
export interface Problem {
  created_at: string
  message: string
  error_code?: string
  warning_code?: string
  [field: string]: unknown
}

/** A change that the system has not confirmed yet. */
export interface PendingMutation {
  created_at: string
  message: string
  mutation_code: string
  [field: string]: unknown
}

export type Json = Record<string, unknown>

export interface WorkspaceRecord {
  workspace_id: string
  name: string
  company_name: string
  connect_partner_name: string | null
  connect_webview_customization: Json
  is_sandbox: boolean
  is_suspended: boolean
  is_publishable_key_auth_enabled: boolean
  publishable_key: string
  organization_id: string | null
  /** Milliseconds the workspace's clock runs ahead of the machine's. */
  clock_offset_ms: number
  /** The instant the clock stands still at, or null when it runs. */
  clock_frozen_at: string | null
  created_at: string
  version: number
}

export interface ConnectedAccountRecord {
  workspace_id: string
  connected_account_id: string
  provider: string
  account_type_display_name: string
  display_name: string
  user_identifier: Json
  /** What the operator filled in, encrypted (store/sealer.ts); null = the login of the systems a sandbox comes with. */
  sealed_login: string | null
  accepted_capabilities: string[]
  automatically_manage_new_devices: boolean
  custom_metadata: Json
  customer_key: string | null
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

/** A page on which somebody connects a system (access-systems.md 9.1). */
export interface ConnectWebviewRecord {
  workspace_id: string
  connect_webview_id: string
  /** SHA-256 of the token in its address, in hex; and the token itself, sealed. */
  auth_token_hash: string
  auth_token_sealed: string
  status: 'pending' | 'failed' | 'authorized'
  /** Provider keys as they were asked for. */
  accepted_providers: string[]
  accepted_capabilities: string[]
  any_provider_allowed: boolean
  /** How it looks: the workspace's settings when it was made. */
  customization: Json
  custom_redirect_url: string | null
  custom_redirect_failure_url: string | null
  device_selection_mode: 'none' | 'single' | 'multiple'
  automatically_manage_new_devices: boolean
  wait_for_device_creation: boolean
  custom_metadata: Json
  customer_key: string | null
  selected_provider: string | null
  connected_account_id: string | null
  authorized_at: string | null
  /** JSON of what was filled in so far (src/connect/answers.ts), sealed; null = nothing. */
  sealed_answers: string | null
  created_at: string
  version: number
}

export interface BridgeRecord {
  workspace_id: string
  bridge_id: string
  connected_account_id: string
  name: string
  created_at: string
  version: number
}

export interface AcsSystemRecord {
  workspace_id: string
  acs_system_id: string
  connected_account_id: string
  /** Provider key, e.g. `salto_space`: the folder under systems/ in kebab-case. */
  provider: string
  /** The system's own id; in the sandbox, the id of its virtual building. */
  external_id: string
  name: string
  time_zone: string | null
  /** Provider metadata as on the wire, e.g. `{visionline_metadata: {...}}`. */
  metadata: Json
  default_credential_manager_acs_system_id: string | null
  /** Tries in a row that could not reach it (domain/sync/health.ts). */
  failed_tries: number
  /** When it was last read whole; null = not since it was connected. */
  synced_at: string | null
  /** How far its door events were taken over, in the driver's words; null = none yet. */
  door_events_cursor: string | null
  /** A sandbox was asked to have the login refused, until it is connected again. */
  refuses_login: boolean
  /** Its account is being deleted: nothing is told to the system any more. */
  is_deleting: boolean
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface AcsEntranceRecord {
  workspace_id: string
  acs_entrance_id: string
  acs_system_id: string
  connected_account_id: string
  external_id: string
  display_name: string
  can_unlock_with_code: boolean
  can_unlock_with_card: boolean
  can_unlock_with_mobile_key: boolean
  can_unlock_with_cloud_key: boolean
  can_belong_to_reservation: boolean
  is_locked: boolean | null
  /** Provider metadata as on the wire, e.g. `{salto_space_metadata: {...}}`. */
  metadata: Json
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

/** What a `simulate` operation armed for the next action of an encoder (access-systems.md 7.4). */
export interface ArmedAction {
  outcome: 'succeed' | 'fail'
  scenario?: string
  error_code?: string
  /** Only for this credential; null = for any. */
  acs_credential_id?: string | null
}

export interface AcsEncoderRecord {
  workspace_id: string
  acs_encoder_id: string
  acs_system_id: string
  connected_account_id: string
  external_id: string
  display_name: string
  errors: Problem[]
  armed_encode: ArmedAction | null
  armed_scan: ArmedAction | null
  created_at: string
  version: number
}

/** Fields of everything that is pushed to a system: wished here, reported by the system, the gap visible. */
export interface Provisioned {
  /** The system's own id; null until it has confirmed the creation. */
  external_id: string | null
  /** What the system was last known to hold, in our words; null before the creation was confirmed. */
  reported: Json | null
  /** The wish differs from what is reported (or may: planning decides). */
  is_dirty: boolean
  dirty_since: string | null
  /** Not to be tried again before; null = as soon as possible. */
  retry_at: string | null
  /** Failed tries since the last success. */
  attempts: number
  /** The system was asked for it and did not say that it has it: it may have it all the same. Absent on a new row. */
  was_asked?: boolean
  /** To be removed at the system, then here. */
  is_deleting: boolean
}

export interface AcsAccessGroupRecord extends Provisioned {
  workspace_id: string
  acs_access_group_id: string
  acs_system_id: string
  connected_account_id: string
  name: string
  /** The wire's `external_type`, on systems that have several kinds of groups; null = the one its definition names. */
  external_type: string | null
  /** Made by Lockstitch for a grant; false for one found at the system. Both are presented on the wire. */
  is_managed: boolean
  /** For a group made for grants: what it stands for, unique per system. */
  managed_key: string | null
  acs_entrance_ids: string[]
  starts_at: string | null
  ends_at: string | null
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface AcsUserRecord extends Provisioned {
  workspace_id: string
  acs_user_id: string
  acs_system_id: string
  connected_account_id: string
  user_identity_id: string | null
  full_name: string | null
  email_address: string | null
  phone_number: string | null
  /** The user-level schedule of systems that have one; both null = none. */
  access_starts_at: string | null
  access_ends_at: string | null
  is_suspended: boolean
  acs_access_group_ids: string[]
  /** Doors given to the user directly (acs/entrances/grant_access on credential-based systems). */
  acs_entrance_ids: string[]
  metadata: Json
  is_managed: boolean
  last_successful_sync_at: string | null
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface AcsCredentialRecord extends Provisioned {
  workspace_id: string
  acs_credential_id: string
  acs_system_id: string
  connected_account_id: string
  acs_user_id: string | null
  /** The access method this credential stands behind, if any. */
  access_method_id: string | null
  parent_acs_credential_id: string | null
  /** For a child of a multi-phone sync credential: the phone that holds it. */
  phone_device_id: string | null
  access_method: Mode
  display_name: string | null
  /** Doors of the credential itself (credential-based systems). Empty on group-based ones. */
  acs_entrance_ids: string[]
  starts_at: string | null
  ends_at: string | null
  code: string | null
  /** No two people ever have this PIN on the system; a constraint sees to it. */
  is_code_personal: boolean
  card_number: string | null
  is_multi_phone_sync_credential: boolean
  is_issued: boolean
  issued_at: string | null
  /** Was issued at least once: decides between `issued` and `reissued`. */
  was_issued: boolean
  needs_to_be_reissued: boolean
  /** The stay it belongs to: `reservation_key` of its grant, or one made for it. Null for staff and systems without stays. */
  stay_key: string | null
  /** Provider metadata as on the wire, e.g. `{visionline_metadata: {...}}`, plus the wishes of create. */
  metadata: Json
  /** What the last encode wrote on the card: {starts_at, ends_at, acs_entrance_ids, card_number}. */
  written: Json | null
  /** `card:<acs_user_id>` where the system allows one card per user, else null. Unique per workspace. */
  exclusive_key: string | null
  is_managed: boolean
  synced_at: string | null
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface PinClaimRecord {
  workspace_id: string
  acs_credential_id: string
  acs_entrance_id: string
  code: string
  /** A PostgreSQL `tstzrange`, e.g. `[2025-08-01T15:00:00Z,2025-08-04T11:00:00Z)`. */
  during: string
}

export interface UserIdentityRecord {
  workspace_id: string
  user_identity_id: string
  user_identity_key: string | null
  full_name: string | null
  email_address: string | null
  phone_number: string | null
  is_managed: boolean
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface SpaceRecord {
  workspace_id: string
  space_id: string
  space_key: string | null
  name: string
  parent_space_id: string | null
  customer_key: string | null
  customer_data: Json | null
  geolocation: Json | null
  acs_entrance_ids: string[]
  device_ids: string[]
  connected_account_ids: string[]
  created_at: string
  version: number
}

export interface RequestedAccessMethod {
  mode: Mode
  code?: string
  instant_key_max_use_count?: number
  created_at: string
  display_name: string
  created_access_method_ids: string[]
}

export interface AccessGrantRecord {
  workspace_id: string
  access_grant_id: string
  access_grant_key: string | null
  user_identity_id: string
  name: string | null
  display_name: string
  starts_at: string
  ends_at: string | null
  reservation_key: string | null
  customization_profile_id: string | null
  /** Doors named directly; those of its spaces are not in here. */
  acs_entrance_ids: string[]
  device_ids: string[]
  space_ids: string[]
  requested_access_methods: RequestedAccessMethod[]
  access_method_ids: string[]
  /** All doors, spaces expanded: what the grant was last materialised for. */
  door_ids: string[]
  /** Doors for which `access_granted_to_door` was sent and not lost since. */
  granted_door_ids: string[]
  is_granted_to_all_doors: boolean
  /** `ends_at` has passed and access was taken down. */
  is_ended: boolean
  /** Deleted, and waiting for systems to confirm it: to be read, not to be changed. Has ended as well. */
  is_deleting: boolean
  pending: PendingMutation[]
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface ReservationRecord {
  workspace_id: string
  reservation_key: string
  version: number
}

export interface AccessMethodRecord {
  workspace_id: string
  access_method_id: string
  access_grant_ids: string[]
  mode: Mode
  /** Index of the request in the grant's `requested_access_methods`. */
  request_index: number
  acs_system_id: string | null
  /** The doors this method really covers. */
  acs_entrance_ids: string[]
  device_ids: string[]
  starts_at: string
  ends_at: string | null
  code: string | null
  is_issued: boolean
  issued_at: string | null
  was_issued: boolean
  is_encoding_required: boolean
  is_assignment_required: boolean
  /** The credential exists at the system: a card can be encoded or assigned. */
  is_ready: boolean
  /** Deleted, and waiting for systems to confirm that its credentials are gone. */
  is_deleting: boolean
  client_session_id: string | null
  customization_profile_id: string | null
  pending: PendingMutation[]
  errors: Problem[]
  warnings: Problem[]
  created_at: string
  version: number
}

export interface ClientSessionRecord {
  workspace_id: string
  client_session_id: string
  user_identifier_key: string | null
  user_identity_id: string | null
  customer_key: string | null
  connected_account_ids: string[]
  connect_webview_ids: string[]
  token_short: string
  token_hash: string
  /** The whole token, encrypted: list and get return it (core.md 1.6). */
  token_sealed: string
  expires_at: string
  revoked_at: string | null
  created_at: string
  version: number
}

export interface InstantKeyRecord {
  workspace_id: string
  instant_key_id: string
  short_code: string
  user_identity_id: string
  client_session_id: string
  access_method_id: string | null
  max_use_count: number
  /** Hashes of the devices that have exchanged the code. */
  admitted_clients: string[]
  customization_profile_id: string | null
  expires_at: string
  created_at: string
  version: number
}

export interface PhoneRecord {
  workspace_id: string
  device_id: string
  user_identity_id: string
  device_type: 'ios_phone' | 'android_phone'
  display_name: string
  nickname: string | null
  custom_sdk_installation_id: string | null
  custom_metadata: Json
  properties: Json
  created_at: string
  version: number
}

export interface ActionAttemptRecord {
  workspace_id: string
  action_attempt_id: string
  action_type: string
  status: 'pending' | 'success' | 'error'
  result: Json | null
  error: { type: string; message: string; alias_type?: string } | null
  input: Json
  device_id: string | null
  /** The encoder this attempt occupies until it ends; unique, so that an encoder does one thing at a time. */
  busy_encoder_id: string | null
  /** Set in its own command before the system is asked: an attempt found started after a crash is in doubt. */
  started_at: string | null
  deadline_at: string | null
  created_at: string
  version: number
}

export interface EventRecord {
  workspace_id: string
  event_id: string
  event_type: string
  /** The event exactly as `events/get` and webhooks send it. */
  payload: Json
  /** Every id in the payload, for filters. */
  subject_ids: string[]
  occurred_at: string
  created_at: string
}

export interface WebhookRecord {
  workspace_id: string
  webhook_id: string
  url: string
  event_types: string[]
  secret_sealed: string
  /** The secret before the last rotation: deliveries are signed with it as well until `previous_secret_ends_at`. */
  previous_secret_sealed: string | null
  previous_secret_ends_at: string | null
  /** The first failed try since the last one that succeeded. */
  failing_since: string | null
  /** Nothing is sent from then on. */
  disabled_at: string | null
  created_at: string
  version: number
}

export interface WebhookDeliveryRecord {
  workspace_id: string
  webhook_delivery_id: string
  webhook_id: string
  event_id: string
  /** `failed`: given up after the last try; `held`: not sent because the webhook is disabled. */
  status: 'pending' | 'delivered' | 'failed' | 'held'
  attempt_count: number
  next_attempt_at: string | null
  last_attempt_at: string | null
  last_status_code: number | null
  last_error: string | null
  /** How often it was asked for again, and the tries made before the last time. */
  resend_count: number
  attempts_before_resend: number
  created_at: string
}

/** One try of a delivery. */
export interface WebhookAttemptRecord {
  workspace_id: string
  webhook_delivery_id: string
  attempt_number: number
  started_at: string
  /** Milliseconds of real time. */
  duration_ms: number
  status_code: number | null
  error: string | null
  /** The first 500 characters of the answer. */
  response_body: string | null
  /** By the machine's clock. */
  sweep_at: string
}

export interface VirtualRecord {
  workspace_id: string
  building_id: string
  kind: string
  id: string
  lookup: string | null
  data: Json
  version: number
}

export interface DoorAttemptRecord {
  workspace_id: string
  door_attempt_id: string
  acs_entrance_id: string
  opened: boolean
  reason: string
  message: string
  acs_credential_id: string | null
  access_method_id: string | null
  user_identity_id: string | null
  occurred_at: string
}

/** What became of a request with an Idempotency-Key (api/idempotency.ts). */
export interface IdempotencyRecord {
  /** Of a request without a workspace: the id of the user who asked. */
  workspace_id: string
  scope: string
  idempotency_key: string
  /** SHA-256 of operation and parameters, in hex. */
  fingerprint: string
  /** List of what the request has decided so far (V8's serialization, base64), sealed. */
  sealed_results: string
  /** JSON of the answer, sealed; null until it was given. */
  sealed_answer: string | null
  created_at: string
  sweep_at: string
  version: number
}

/** A row that an access system is told of, without anything that names a person. */
export interface TellingSubject {
  kind: 'acs_access_group' | 'acs_user' | 'acs_credential'
  /** Our id of the row. */
  id: string
  /** The system's id, as far as it is known. */
  external_id: string | null
  /** Of a credential: who has it. */
  acs_user_id: string | null
  /** Of a credential. */
  mode: Mode | null
  is_deleting: boolean
}

/** What an access system is being told (store/tellings.ts). */
export interface TellingRecord {
  workspace_id: string
  telling_id: string
  acs_system_id: string
  subjects: TellingSubject[]
  began_at: string
  /** Somebody else has told the system something since; null = nobody has. */
  lost_at: string | null
  /** Whoever was telling has said so itself: nothing more of it will reach the system. */
  is_over: boolean
  checks: number
  check_at: string
  version: number
}

/** Table name -> record. */
export interface Records {
  workspace: WorkspaceRecord
  idempotency_record: IdempotencyRecord
  connected_account: ConnectedAccountRecord
  connect_webview: ConnectWebviewRecord
  bridge: BridgeRecord
  acs_system: AcsSystemRecord
  acs_entrance: AcsEntranceRecord
  acs_encoder: AcsEncoderRecord
  acs_access_group: AcsAccessGroupRecord
  acs_user: AcsUserRecord
  acs_credential: AcsCredentialRecord
  telling: TellingRecord
  pin_claim: PinClaimRecord
  user_identity: UserIdentityRecord
  space: SpaceRecord
  access_grant: AccessGrantRecord
  reservation: ReservationRecord
  access_method: AccessMethodRecord
  client_session: ClientSessionRecord
  instant_key: InstantKeyRecord
  phone: PhoneRecord
  action_attempt: ActionAttemptRecord
  event: EventRecord
  webhook: WebhookRecord
  webhook_delivery: WebhookDeliveryRecord
  webhook_attempt: WebhookAttemptRecord
  virtual_record: VirtualRecord
  door_attempt: DoorAttemptRecord
}

export type TableName = keyof Records
