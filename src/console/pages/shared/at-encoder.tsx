/** What is done with a card at an encoder: choose the encoder, begin, wait for the card, and see what came of it. */
import { useState, type ReactNode } from 'react'
import { call } from '../../api/client.ts'
import type { AcsEncoder, Params } from '../../api/routes.ts'
import { Button } from '../../kit/button.tsx'
import { Select } from '../../kit/fields.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { toast } from '../../kit/toasts.ts'
import { useAction } from '../../kit/use-action.ts'
import { useWorkspace } from '../../shell/context.ts'
import styles from './at-encoder.module.css'
import { Attempt } from './attempt.tsx'
import { EncoderChoice } from './encoders.tsx'

export interface AtEncoderProps {
  acsSystemIds: readonly string[]
  /** The encoder that is offered first. */
  first: AcsEncoder | undefined
  submitLabel: string
  /** Asks for it; answers the `action_attempt_id`. */
  begin: (acsEncoderId: string) => Promise<{ action_attempt: { action_attempt_id: string } }>
  /** Said to the person with the card, until there is a result. */
  waiting: (encoderName: ReactNode) => ReactNode
  done: (result: Record<string, unknown>) => ReactNode
  /** In a sandbox it can be made to fail. */
  simulates?: 'encode' | 'scan'
  /** Something of the form is missing still. */
  isIncomplete?: boolean
  /** Asked before the encoder. */
  before?: ReactNode
  /** Asked or said after it. */
  after?: ReactNode
  onClose: () => void
}

export function AtEncoder(props: AtEncoderProps) {
  const { acsSystemIds, first, submitLabel, begin, waiting, done, simulates, before, after, onClose } = props
  const { is_sandbox: isSandbox } = useWorkspace()
  const [encoder, setEncoder] = useState<AcsEncoder | null>(first ?? null)
  const [attemptId, setAttemptId] = useState<string | null>(null)
  if (attemptId !== null) {
    return (
      <Attempt
        actionAttemptId={attemptId}
        waiting={<p>{waiting(<strong>{encoder?.display_name}</strong>)}</p>}
        done={done}
        onRetry={() => setAttemptId(null)}
        onClose={onClose}
      />
    )
  }
  return (
    <ActionForm
      submitLabel={submitLabel}
      isDisabled={encoder === null || props.isIncomplete === true}
      onCancel={onClose}
      onSubmit={async () => {
        const { action_attempt } = await begin(encoder?.acs_encoder_id ?? '')
        setAttemptId(action_attempt.action_attempt_id)
      }}
    >
      {before}
      <EncoderChoice acsSystemIds={acsSystemIds} value={encoder} onChange={setEncoder} />
      {after}
      {isSandbox && encoder !== null && simulates !== undefined && (
        <NextWillFail encoder={encoder} action={simulates} />
      )}
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
function NextWillFail({ encoder, action }: { encoder: AcsEncoder; action: 'encode' | 'scan' }) {
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
