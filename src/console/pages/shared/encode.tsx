/** Writes a card: choose the encoder, lay the card on it, wait, and see that it was written or why not. */
import { useState } from 'react'
import { call } from '../../api/client.ts'
import type { AcsEncoder, Params } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { Select } from '../../kit/fields.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { useWorkspace } from '../../shell/context.ts'
import { Button } from '../../kit/button.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { Attempt, Succeeded } from './attempt.tsx'
import styles from './encode.module.css'
import { EncoderChoice } from './encoders.tsx'

/** What is to be on the card. */
export type EncodeSubject = { access_method_id: string } | { acs_credential_id: string }

export interface EncodeDialogProps {
  /** What the card is for: "Jane Doe – Room 101". */
  name: string
  subject: EncodeSubject
  acsSystemIds: readonly string[]
  /** The encoder that is offered first. */
  encoder?: AcsEncoder
  isOpen: boolean
  onClose: () => void
}

export function EncodeDialog(props: EncodeDialogProps) {
  const { name, isOpen, onClose } = props
  return (
    <Dialog title={`Encode a card for ${name}`} isOpen={isOpen} onClose={onClose}>
      <Encoding {...props} />
    </Dialog>
  )
}

export type EncodingProps = Omit<EncodeDialogProps, 'name' | 'isOpen'>

export function Encoding({ subject, acsSystemIds, encoder: first, onClose }: EncodingProps) {
  const { is_sandbox: isSandbox } = useWorkspace()
  const [encoder, setEncoder] = useState<AcsEncoder | null>(first ?? null)
  const [attemptId, setAttemptId] = useState<string | null>(null)

  if (attemptId !== null) {
    return (
      <Attempt
        actionAttemptId={attemptId}
        waiting={
          <p>
            Place the card on <strong>{encoder?.display_name}</strong> and leave it there until it is written.
          </p>
        }
        done={(result) => (
          <>
            <Succeeded>The card is written</Succeeded>
            {typeof result['card_number'] === 'string' && (
              <p>
                Card number <code>{result['card_number']}</code>
              </p>
            )}
          </>
        )}
        onRetry={() => setAttemptId(null)}
        onClose={onClose}
      />
    )
  }
  return (
    <ActionForm
      submitLabel="Encode"
      isDisabled={encoder === null}
      onCancel={onClose}
      onSubmit={async () => {
        const on = { acs_encoder_id: encoder?.acs_encoder_id ?? '' }
        const { action_attempt } =
          'access_method_id' in subject
            ? await call('/access_methods/encode', { ...on, ...subject })
            : await call('/acs/encoders/encode_credential', { ...on, ...subject })
        setAttemptId(action_attempt.action_attempt_id)
      }}
    >
      <EncoderChoice acsSystemIds={acsSystemIds} value={encoder} onChange={setEncoder} />
      <p>Lay a card on the encoder, then press Encode. What is on it is written over.</p>
      {isSandbox && encoder !== null && <NextWillFail encoder={encoder} action="encode" />}
    </ActionForm>
  )
}

const FAILURES = {
  encode: [
    ['no_credential_on_encoder', 'No card on the encoder'],
    ['incompatible_card_format', 'The wrong kind of card'],
    ['uncategorized_error', 'Anything else'],
  ],
  scan: [
    ['no_credential_on_encoder', 'No card on the encoder'],
    ['uncategorized_error', 'Anything else'],
  ],
} as const

/** Sandbox: the next card at this encoder goes wrong, to see what that is like. */
export function NextWillFail({ encoder, action }: { encoder: AcsEncoder; action: 'encode' | 'scan' }) {
  const [errorCode, setErrorCode] = useState<string>(FAILURES[action][0][0])
  const { run, isPending } = useAction()
  return (
    <details className={styles.sandbox}>
      <summary>Sandbox: let the next one fail</summary>
      <div className={styles.fail}>
        <Select
          label="With"
          options={FAILURES[action].map(([id, label]) => ({ id, label }))}
          value={errorCode}
          onChange={setErrorCode}
        />
        <Button
          isPending={isPending}
          onPress={() =>
            run(async () => {
              const path = `/acs/encoders/simulate/next_credential_${action}_will_fail` as const
              await call(path, { acs_encoder_id: encoder.acs_encoder_id, error_code: errorCode } as Params<typeof path>)
              toast(`The next card on ${encoder.display_name} will fail`)
            })
          }
        >
          Arm
        </Button>
      </div>
    </details>
  )
}
