/** Reads the card on an encoder: whose it is, until when it opens, and whether it holds what it should. */
import { useState, type ReactNode } from 'react'
import { call } from '../../api/client.ts'
import type { AcsEncoder } from '../../api/routes.ts'
import { DateTime } from '../../kit/date-time.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { ActionForm } from '../../kit/form.tsx'
import { Facts } from '../../kit/page.tsx'
import { Notice } from '../../kit/problem.tsx'
import { StatusPill } from '../../kit/status-pill.tsx'
import { useWorkspace } from '../../shell/context.ts'
import { Attempt } from './attempt.tsx'
import { NextWillFail } from './encode.tsx'
import { EncoderChoice } from './encoders.tsx'
import { HolderName } from './holder-name.tsx'
import { RevokeCard } from './revoke-card.tsx'

export interface ScanDialogProps {
  acsSystemIds: readonly string[]
  /** The encoder that is offered first. */
  encoder?: AcsEncoder
  isOpen: boolean
  onClose: () => void
}

export function ScanDialog(props: ScanDialogProps) {
  return (
    <Dialog title="Scan a card" isOpen={props.isOpen} onClose={props.onClose}>
      <Scanning {...props} />
    </Dialog>
  )
}

function Scanning({ acsSystemIds, encoder: first, onClose }: ScanDialogProps) {
  const { is_sandbox: isSandbox } = useWorkspace()
  const [encoder, setEncoder] = useState<AcsEncoder | null>(first ?? null)
  const [attemptId, setAttemptId] = useState<string | null>(null)
  if (attemptId !== null) {
    return (
      <Attempt
        actionAttemptId={attemptId}
        waiting={
          <p>
            Place the card on <strong>{encoder?.display_name}</strong>.
          </p>
        }
        done={(result) => <Scanned result={result} />}
        onRetry={() => setAttemptId(null)}
        onClose={onClose}
      />
    )
  }
  return (
    <ActionForm
      submitLabel="Scan"
      isDisabled={encoder === null}
      onCancel={onClose}
      onSubmit={async () => {
        const { action_attempt } = await call('/acs/encoders/scan_credential', {
          acs_encoder_id: encoder?.acs_encoder_id ?? '',
        })
        setAttemptId(action_attempt.action_attempt_id)
      }}
    >
      <EncoderChoice acsSystemIds={acsSystemIds} value={encoder} onChange={setEncoder} />
      {isSandbox && encoder !== null && <NextWillFail encoder={encoder} action="scan" />}
    </ActionForm>
  )
}

interface ScanResult {
  acs_credential_on_encoder?: {
    card_number?: string | null
    is_issued?: boolean | null
    starts_at?: string | null
    ends_at?: string | null
  } | null
  acs_credential_on_seam?: {
    acs_credential_id?: string
    acs_user_id?: string
    display_name?: string
    is_issued?: boolean
    starts_at?: string
    ends_at?: string
  } | null
  warnings?: { warning_code: string; warning_message?: string; message?: string }[]
}

function Scanned({ result }: { result: ScanResult }) {
  const on = result.acs_credential_on_encoder
  const known = result.acs_credential_on_seam
  const warnings = result.warnings ?? []
  if (on === undefined || on === null)
    return (
      <Notice tone="info" title="This card is blank">
        Nothing is written on it.
      </Notice>
    )
  return (
    <>
      <Facts
        facts={
          [
            ['Sync status', <SyncPill key="sync" isKnown={known != null} warnings={warnings.length} />],
            [
              'Issued to',
              known == null ? (
                'Nobody that Lockstitch knows'
              ) : (
                <HolderName key="holder" acsUserId={known.acs_user_id} />
              ),
            ],
            ['Opens', known?.display_name],
            ['Card number', on.card_number == null ? null : <code key="number">{on.card_number}</code>],
            ['Starts', <DateTime key="starts" at={on.starts_at} none="At once" />],
            ['Ends', <DateTime key="ends" at={on.ends_at} none="Never" />],
            ['Status', (on.is_issued ?? false) ? 'Issued' : 'Not issued'],
          ] satisfies [string, ReactNode][]
        }
      />
      {warnings.map((warning) => (
        <Notice key={warning.warning_code} tone="warn" title={titleOf(warning.warning_code)}>
          <p>{warning.warning_message ?? warning.message}</p>
        </Notice>
      ))}
      {known?.acs_credential_id !== undefined && <RevokeCard acsCredentialId={known.acs_credential_id} />}
    </>
  )
}

function SyncPill({ isKnown, warnings }: { isKnown: boolean; warnings: number }) {
  if (!isKnown) return <StatusPill tone="idle">Unknown card</StatusPill>
  if (warnings > 0) return <StatusPill tone="warn">Needs re-encoding</StatusPill>
  return <StatusPill tone="good">Up to date</StatusPill>
}

function titleOf(code: string): string {
  return code === 'acs_credential_on_encoder_out_of_sync'
    ? 'The card does not hold what it should'
    : 'Lockstitch does not know this card'
}
