import { DetectionBody, DetectionList, DetectionParams, DetectionView } from '@sluice/contracts'
import { json, problems } from '../openapi/responses.ts'

const tags = ['detections']

/** Find out the limits of an upstream. */
export const createDetectionOperation = {
  operationId: 'createDetection',
  tags,
  summary: 'Find out the limits of an upstream',
  description:
    'A worker calls it, from its headers and by trying finds out how many calls it takes at once and in which time, and ' +
    'recommends settings. That takes seconds to half an hour, and as many calls as the budgets allow; nothing ' +
    'else should call the upstream under the same account meanwhile.',
  body: DetectionBody,
  response: {
    202: json('It waits for a worker; its address is in Location.', DetectionView),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID, SLUICE_BODY_NOT_JSON, SLUICE_QUEUE_UNKNOWN',
      413: 'SLUICE_BODY_TOO_LARGE',
      415: 'SLUICE_MEDIA_TYPE',
      507: 'SLUICE_STORAGE_FULL',
    }),
  },
}

/** List detections. */
export const listDetectionsOperation = {
  operationId: 'listDetections',
  tags,
  summary: 'List detections',
  description: 'Those of the last day, the newest first; at most a hundred.',
  response: { 200: json('The detections.', DetectionList), ...problems({}) },
}

/** Read a detection. */
export const readDetectionOperation = {
  operationId: 'readDetection',
  tags,
  summary: 'Read a detection',
  description: 'How far it is, and when it is completed what it found out. It is kept for a day.',
  params: DetectionParams,
  response: {
    200: json('The detection.', DetectionView),
    ...problems({ 400: 'SLUICE_REQUEST_INVALID', 404: 'SLUICE_DETECTION_NOT_FOUND' }),
  },
}

/** Cancel a detection. */
export const cancelDetectionOperation = {
  operationId: 'cancelDetection',
  tags,
  summary: 'Cancel a detection',
  description: 'It makes no call any more within a second; what it had found out is lost. Harmless to repeat.',
  params: DetectionParams,
  response: {
    200: json('The detection.', DetectionView),
    ...problems({
      400: 'SLUICE_REQUEST_INVALID',
      404: 'SLUICE_DETECTION_NOT_FOUND',
      409: 'SLUICE_DETECTION_STATE: it has ended',
    }),
  },
}
