import type { AccessGrant } from '../../api/routes.ts'
import { StatusPill, type Tone } from '../../kit/status-pill.tsx'

const TONES: Readonly<Record<string, Tone>> = {
  Active: 'good',
  Upcoming: 'idle',
  Ended: 'idle',
  'Awaiting encoding': 'warn',
  'Awaiting a card': 'warn',
  Updating: 'busy',
  'Being deleted': 'busy',
  'Needs attention': 'bad',
}

/** How the grant is doing: the server's own words; the colour falls back to what the grant carries. */
export function GrantPill({ grant }: { grant: AccessGrant }) {
  const status = (grant as { display_status?: string }).display_status ?? 'Active'
  const tone = grant.errors.length > 0 ? 'bad' : (TONES[status] ?? 'idle')
  return <StatusPill tone={tone}>{status}</StatusPill>
}
