/** Taking back what a card that was just read opens, after a question. */
import { useState } from 'react'
import { useCommand } from '../../api/queries.ts'
import { Button } from '../../kit/button.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Notice } from '../../kit/problem.tsx'

export function RevokeCard({ acsCredentialId }: { acsCredentialId: string }) {
  const [step, setStep] = useState<'offered' | 'asked' | 'done'>('offered')
  const remove = useCommand('/acs/credentials/delete', ['access_grant', 'access_method'])
  if (step === 'done')
    return (
      <Notice tone="info" title="The card is revoked">
        Its credential is being deleted at the access system.
      </Notice>
    )
  if (step === 'offered')
    return (
      <div>
        <Button look="danger" onPress={() => setStep('asked')}>
          Revoke
        </Button>
      </div>
    )
  return (
    <ActionForm
      submitLabel="Revoke the card"
      look="danger"
      cancelLabel="Keep it"
      onCancel={() => setStep('offered')}
      onSubmit={async () => {
        await remove.mutateAsync({ acs_credential_id: acsCredentialId })
        setStep('done')
      }}
    >
      <Notice tone="warn" title="Revoke this card?">
        Doors that ask their system refuse it at once. A lock without a network reads the card itself: it lets the card
        in until its end, or until the next guest’s card is used there. Encode over the card to be sure.
      </Notice>
    </ActionForm>
  )
}
