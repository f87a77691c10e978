/** A registered card goes back to the pool before it is given to its next holder. */
import { ChangeSet } from '../../domain/changes.ts'
import type { AcsCredentialRecord, AcsSystemRecord } from '../../domain/records.ts'
import type { AttemptRun } from './attempt.ts'

export const STILL_HELD =
  'The card still belongs to a credential that is being deleted, and the access system has not confirmed that yet. Try again when the system answers, or take another card.'

/**
 * Has the system let go of the card, as far as credentials that are being deleted go? They are deleted now, however long
 * they were to wait: deleted after the card has its next holder, they would take it from him.
 */
export async function isCardBack(run: AttemptRun, system: AcsSystemRecord, cardNumber: string): Promise<boolean> {
  const { provisioner, options } = run.tools
  const isGoing = await options.store.decide(
    system.workspace_id,
    () => run.now,
    async () => {
      const changes = new ChangeSet()
      const going = await credentialsGoing(run, system, cardNumber)
      for (const { acs_credential_id, version } of going) {
        const wish = { acs_credential_id, version, is_dirty: true, retry_at: null }
        changes.update('acs_credential', 'acs_credential_id', wish)
      }
      return { changes, result: going.length > 0 }
    },
    run.fence,
  )
  if (!isGoing) return true
  await provisioner.provision(system, run.signal, run.fence)
  return (await credentialsGoing(run, system, cardNumber)).length === 0
}

function credentialsGoing(
  run: AttemptRun,
  { workspace_id, acs_system_id }: AcsSystemRecord,
  cardNumber: string,
): Promise<Pick<AcsCredentialRecord, 'acs_credential_id' | 'version'>[]> {
  return run.tools.options.store.read(
    workspace_id,
    `SELECT acs_credential_id, version FROM acs_credential
      WHERE workspace_id = $1 AND acs_system_id = $2 AND lower(card_number) = lower($3) AND is_deleting`,
    [acs_system_id, cardNumber],
  )
}
