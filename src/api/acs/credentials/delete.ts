import { ChangeSet } from '../../../domain/changes.ts'
import { credentialFamily } from '../../../store/acs-credentials.ts'
import { operation } from '../../operation.ts'
import { requireCredential, whenProvisioned } from '../access.ts'
import { lookAtGrantsOf, removeCredentials } from '../changes.ts'

/** Deletes a credential and its copies on phones. What is written on plastic stays there. */
export const deleteAcsCredential = operation<{ acs_credential_id: string }>({
  path: '/acs/credentials/delete',
  async handle(params, call) {
    const credential = await call.decide(async () => {
      const credential = await requireCredential(call, params.acs_credential_id)
      const family = await credentialFamily(call.services.store, call.workspaceId, credential.acs_credential_id)
      const changes = new ChangeSet()
      // One that is already being deleted is asked for again, at once.
      await removeCredentials(call, changes, family)
      if (credential.access_method_id !== null) await lookAtGrantsOf(call, changes, [credential])
      return { changes, result: credential }
    })
    await whenProvisioned(call, credential)
  },
})
