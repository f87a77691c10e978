import type { AccessMethod } from '../../api/routes.ts'
import { StatusPill } from '../../kit/status-pill.tsx'

/** How far a key is. */
export function MethodPill({ method }: { method: AccessMethod }) {
  const { errors = [] } = method as { errors?: unknown[] }
  if (errors.length > 0) return <StatusPill tone="bad">Error</StatusPill>
  if (method.warnings.some(({ warning_code }) => warning_code === 'being_deleted'))
    return <StatusPill tone="busy">Being deleted</StatusPill>
  if (method.is_encoding_required ?? false) return <StatusPill tone="warn">Awaiting encoding</StatusPill>
  if (method.is_assignment_required ?? false) return <StatusPill tone="warn">Awaiting a card</StatusPill>
  if (method.is_issued) return <StatusPill tone="good">Issued</StatusPill>
  return <StatusPill tone="busy">On its way</StatusPill>
}
