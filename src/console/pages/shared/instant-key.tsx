/** A link that opens doors: to be copied, or scanned from the screen. It is shown here alone and kept nowhere. */
import { encode } from 'uqr'
import { useMemo } from 'react'
import { Button } from '../../kit/button.tsx'
import { copy } from '../../kit/clipboard.ts'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import styles from './instant-key.module.css'

export interface InstantKeyDialogProps {
  /** Whose key it is. */
  name: string
  url: string
  isOpen: boolean
  onClose: () => void
}

export function InstantKeyDialog({ name, url, isOpen, onClose }: InstantKeyDialogProps) {
  return (
    <Dialog title="Instant Key Link" isOpen={isOpen} onClose={onClose}>
      <p>
        This link is the key of <strong>{name}</strong>. Whoever opens it first has the key: nobody has to sign in. Send
        it to nobody else.
      </p>
      <QrCode text={url} label={`QR code of the Instant Key of ${name}`} />
      <TextField label="Link" value={url} isReadOnly isMono />
      <DialogActions>
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" onPress={() => void copy(url, 'Link')}>
          Copy Link
        </Button>
      </DialogActions>
    </Dialog>
  )
}

/** A QR code as one path, black on white in both themes: scanners want it so. */
function QrCode({ text, label }: { text: string; label: string }) {
  const { path, size } = useMemo(() => {
    const { data, size: modules } = encode(text, { border: 4 })
    const cells = data.flatMap((row, y) =>
      row.flatMap((isDark, x) => (isDark ? [`M${String(x)} ${String(y)}h1v1h-1z`] : [])),
    )
    return { path: cells.join(''), size: modules }
  }, [text])
  return (
    <svg className={styles.qr} viewBox={`0 0 ${String(size)} ${String(size)}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  )
}
