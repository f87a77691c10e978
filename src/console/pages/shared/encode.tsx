/** Writes a card: choose the encoder, lay the card on it, wait, and see that it was written or why not. */
import { call } from '../../api/client.ts'
import type { AcsEncoder } from '../../api/routes.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { AtEncoder } from './at-encoder.tsx'
import { Succeeded } from './attempt.tsx'

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

export function Encoding({ subject, acsSystemIds, encoder, onClose }: EncodingProps) {
  return (
    <AtEncoder
      acsSystemIds={acsSystemIds}
      first={encoder}
      submitLabel="Encode"
      begin={(acs_encoder_id) =>
        'access_method_id' in subject
          ? call('/access_methods/encode', { acs_encoder_id, ...subject })
          : call('/acs/encoders/encode_credential', { acs_encoder_id, ...subject })
      }
      waiting={(name) => <>Place the card on {name} and leave it there until it is written.</>}
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
      simulates="encode"
      after={<p>Lay a card on the encoder, then press Encode. What is on it is written over.</p>}
      onClose={onClose}
    />
  )
}
