/** Reads the card on an encoder. */
import { call } from '../../api/client.ts'
import type { AcsEncoder } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { AtEncoder } from './at-encoder.tsx'
import { ScannedCard } from './scanned-card.tsx'

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
      <AtEncoder
        acsSystemIds={props.acsSystemIds}
        first={props.encoder}
        submitLabel="Scan"
        begin={(acs_encoder_id) => call('/acs/encoders/scan_credential', { acs_encoder_id })}
        waiting={(name) => <>Place the card on {name}.</>}
        done={(result) => <ScannedCard result={result} />}
        simulates="scan"
        onClose={props.onClose}
      />
    </Dialog>
  )
}
