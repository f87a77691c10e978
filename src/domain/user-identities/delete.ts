/** What goes with a user identity once its access grants are gone (core.md section 4). */
import type { ChangeSet } from '../changes.ts'
import { deactivatePhone } from '../phones/phone.ts'
import type {
  AccessMethodRecord,
  AcsCredentialRecord,
  AcsUserRecord,
  ClientSessionRecord,
  InstantKeyRecord,
  PhoneRecord,
  Problem,
  UserIdentityRecord,
} from '../records.ts'

export interface IdentityBelongings {
  users: AcsUserRecord[]
  /** Of those users, copies on phones included. */
  credentials: AcsCredentialRecord[]
  phones: PhoneRecord[]
  sessions: ClientSessionRecord[]
  instantKeys: InstantKeyRecord[]
  /** Access methods that name one of the sessions. */
  methods: AccessMethodRecord[]
}

/** The identity's warning while its deletion is under way. */
export function beingDeleted(now: string): Problem {
  return { created_at: now, warning_code: 'being_deleted', message: 'This user identity is being deleted.' }
}

/** Deletes the identity; its users and credentials go from their systems first, then from here. */
export function deleteIdentity(
  changes: ChangeSet,
  identity: UserIdentityRecord,
  belongings: IdentityBelongings,
  now: string,
): void {
  const { user_identity_id, version } = identity
  const dirty = { is_deleting: true, is_dirty: true, dirty_since: now, retry_at: null, attempts: 0 }
  for (const phone of belongings.phones) {
    const copies = belongings.credentials.filter((credential) => credential.phone_device_id === phone.device_id)
    deactivatePhone(changes, phone, copies, now)
  }
  for (const credential of belongings.credentials) {
    if (credential.is_deleting) continue
    const { acs_credential_id, version } = credential
    changes.update('acs_credential', 'acs_credential_id', { acs_credential_id, version, ...dirty })
    changes.job('provision', credential.acs_system_id, now)
  }
  for (const user of belongings.users) {
    if (user.is_deleting) continue
    const { acs_user_id, version } = user
    changes.update('acs_user', 'acs_user_id', { acs_user_id, version, ...dirty })
    changes.job('provision', user.acs_system_id, now)
  }
  for (const { instant_key_id } of belongings.instantKeys) changes.delete('instant_key', { instant_key_id })
  for (const { access_method_id, version } of belongings.methods) {
    changes.update('access_method', 'access_method_id', { access_method_id, version, client_session_id: null })
  }
  for (const { client_session_id, version } of belongings.sessions) {
    changes.delete('client_session', { client_session_id, version })
    changes.event('client_session.deleted', { client_session_id })
  }
  changes.delete('user_identity', { user_identity_id, version })
}
