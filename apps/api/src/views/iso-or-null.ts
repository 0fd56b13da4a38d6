/** A moment as the API writes it. */
export function isoOrNull(moment: Date | null): string | null {
  return moment === null ? null : moment.toISOString()
}
