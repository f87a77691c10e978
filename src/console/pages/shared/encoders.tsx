/** Which encoder the card lies on; the last one chosen in this browser is offered first. */
import { useEffect } from 'react'
import { useAnswer } from '../../api/queries.ts'
import type { AcsEncoder } from '../../api/routes.ts'
import { Select } from '../../kit/fields.tsx'
import { EmptyState, ErrorState } from '../../kit/problem.tsx'
import { Spinner } from '../../kit/spinner.tsx'
import { read, write } from '../../shell/address.ts'

const LAST = 'lockstitch.last_acs_encoder_id'

export interface EncoderChoiceProps {
  /** Encoders of these systems. */
  acsSystemIds: readonly string[]
  value: AcsEncoder | null
  onChange: (encoder: AcsEncoder) => void
}

export function EncoderChoice({ acsSystemIds, value, onChange }: EncoderChoiceProps) {
  const { data, error, refetch } = useAnswer('/acs/encoders/list', { acs_system_ids: [...acsSystemIds] })
  const encoders = data?.acs_encoders
  useEffect(() => {
    if (encoders === undefined || value !== null) return
    const usual = encoders.find(({ acs_encoder_id }) => acs_encoder_id === read(LAST)) ?? encoders[0]
    if (usual !== undefined) onChange(usual)
  }, [encoders, value, onChange])

  if (encoders === undefined) {
    if (error !== null) return <ErrorState error={error} onRetry={() => void refetch()} />
    return <Spinner label="Loading encoders" />
  }
  if (encoders.length === 0)
    return (
      <EmptyState title="There is no encoder">
        This access system has no card encoder that Lockstitch knows. Connect one in its own software, then press Sync
        on the system’s page.
      </EmptyState>
    )
  return (
    <Select
      label="Encoder"
      name="acs_encoder_id"
      isRequired
      options={encoders.map(({ acs_encoder_id, display_name }) => ({ id: acs_encoder_id, label: display_name }))}
      value={value?.acs_encoder_id ?? null}
      onChange={(id) => {
        const chosen = encoders.find(({ acs_encoder_id }) => acs_encoder_id === id)
        if (chosen === undefined) return
        write(LAST, id)
        onChange(chosen)
      }}
    />
  )
}
