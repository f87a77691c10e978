/** Gives a registered card to an access method, by the number printed on it. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { ActionForm, textOf } from '../../kit/form.tsx'
import { Attempt, Succeeded } from './attempt.tsx'

export interface AssignCardDialogProps {
  name: string
  accessMethodId: string
  isOpen: boolean
  onClose: () => void
}

export function AssignCardDialog(props: AssignCardDialogProps) {
  const { name, isOpen, onClose } = props
  return (
    <Dialog title={`Assign a card to ${name}`} isOpen={isOpen} onClose={onClose}>
      <Assigning {...props} />
    </Dialog>
  )
}

function Assigning({ accessMethodId, onClose }: AssignCardDialogProps) {
  const [attemptId, setAttemptId] = useState<string | null>(null)
  if (attemptId !== null) {
    return (
      <Attempt
        actionAttemptId={attemptId}
        waiting={<p>The access system is being told.</p>}
        done={() => <Succeeded>The card is assigned</Succeeded>}
        onRetry={() => setAttemptId(null)}
        onClose={onClose}
      />
    )
  }
  return (
    <ActionForm
      submitLabel="Assign"
      onCancel={onClose}
      onSubmit={async (values) => {
        const { action_attempt } = await call('/access_methods/assign_card', {
          access_method_id: accessMethodId,
          card_number: textOf(values, 'card_number') ?? '',
        })
        setAttemptId(action_attempt.action_attempt_id)
      }}
    >
      <TextField
        label="Card number"
        name="card_number"
        isRequired
        isMono
        autoComplete="off"
        hint="As printed on the card, or as the access system lists it. The card must be registered there and free."
      />
    </ActionForm>
  )
}
