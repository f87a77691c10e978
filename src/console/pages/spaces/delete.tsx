import { useCommand } from '../../api/queries.ts'
import type { Space } from '../../api/routes.ts'
import { Confirm } from '../../kit/confirm.tsx'
import { toast } from '../../kit/toasts.ts'

export function DeleteSpace({
  space,
  onClose,
  onDeleted,
}: {
  space: Space
  onClose: () => void
  onDeleted?: () => void
}) {
  const remove = useCommand('/spaces/delete', ['access_grant', 'access_method'])
  return (
    <Confirm
      title={`Delete “${space.name}”?`}
      isOpen
      onClose={onClose}
      confirmLabel="Delete"
      isDangerous
      onConfirm={async () => {
        await remove.mutateAsync({ space_id: space.space_id })
        toast('Space deleted')
        onDeleted?.()
      }}
    >
      <p>Who has its doors through this space alone loses them. The doors themselves stay.</p>
    </Confirm>
  )
}
