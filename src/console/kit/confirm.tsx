import type { ReactNode } from 'react'
import { Dialog } from './dialog.tsx'
import { ActionForm } from './form.tsx'

export interface ConfirmProps {
  title: string
  isOpen: boolean
  onClose: () => void
  /** What happens then, in plain words. */
  children: ReactNode
  confirmLabel: string
  isDangerous?: boolean
  /** Throws what the server said no with: it is shown, and the dialog stays. */
  onConfirm: () => Promise<void>
}

/** Asks before something that cannot be taken back. */
export function Confirm({
  title,
  isOpen,
  onClose,
  children,
  confirmLabel,
  isDangerous = false,
  onConfirm,
}: ConfirmProps) {
  return (
    <Dialog title={title} isOpen={isOpen} onClose={onClose} size="small">
      <ActionForm
        submitLabel={confirmLabel}
        look={isDangerous ? 'danger' : 'primary'}
        onCancel={onClose}
        onSubmit={async () => {
          await onConfirm()
          onClose()
        }}
      >
        <div>{children}</div>
      </ActionForm>
    </Dialog>
  )
}
