/** How answers are printed. Text is for people and may change; the others have the members of the API. */
export const FORMATS = ['text', 'json', 'ndjson', 'csv', 'none'] as const

export type Format = (typeof FORMATS)[number]
