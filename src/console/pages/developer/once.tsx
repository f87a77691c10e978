import { Button } from '../../kit/button.tsx'
import { copy } from '../../kit/clipboard.ts'
import { Dialog, DialogActions } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/fields.tsx'
import { Notice } from '../../kit/problem.tsx'

/** A secret that the server tells once: it closes by its own button alone, so that no slip loses it. */
export function ShownOnce({
  title,
  label,
  secret,
  onClose,
}: {
  title: string
  label: string
  secret: string
  onClose: () => void
}) {
  return (
    <Dialog title={title} isOpen isHeld onClose={onClose}>
      <Notice tone="warn" title="Copy it now">
        <p>It is shown this once. Lockstitch keeps no copy that could be read again.</p>
      </Notice>
      <TextField label={label} value={secret} isReadOnly isMono />
      <DialogActions>
        <Button onPress={() => void copy(secret, label)}>Copy</Button>
        <Button look="primary" onPress={onClose}>
          I have it
        </Button>
      </DialogActions>
    </Dialog>
  )
}
