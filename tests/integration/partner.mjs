// An agency's side of the SCSNS link: getAuth for a session key, recvEvent for messages; written from the format's
// description, not from the program's own writer.
import { request, until } from './city.mjs';

/** "20191120213005123" or a prefix of it: Korean time, nine hours ahead all year. */
export function kst(time = new Date(), digits = 14) {
  return new Date(time.getTime() + 9 * 3600 * 1000).toISOString().replace(/\D/g, '').slice(0, digits);
}

let last = 0;
/** A number of an occurrence that no other call of this process answers. */
export function newNumber() {
  last = Math.max(last + 1, Date.now());
  return kst(new Date(last), 17);
}

const stateNames = { 10: '발생', 20: '접수', 30: '발생', 40: '정보변경', 50: '해제', 90: '취소', 91: '종료', 92: '자동종료' };

/** The sixteen data items. `position` is [longitude, latitude]: crdntX is the longitude. */
export function eventBody({ type = '112UC001', name = '112센터 긴급영상 지원', grade = '10', number, state = '10',
  position = [127.04, 37.5446], place = '', text = '', at = new Date(), items = [] }) {
  const stated = kst(at);
  return {
    startTag: '$DA', evtId: type, evtNm: name, evtGrad: grade, ocrNbr: number, ocrSts: state,
    ocrLc: { crdntX: String(position[0]), crdntY: String(position[1]), crdntZ: '0' },
    ocrPlc: place, ocrEvtCn: text, ocrEvtTime: stated,
    ocrEvtSts: { ocrEvtStsCd: state, ocrEvtStsDtl: stateNames[state] ?? '' },
    ocrEvtStsUsr: { ocrEvtUsrId: '', ocrEvtUsrNm: '' },
    ocrEvtStsTime: stated, ocrEvtEndTime: state >= '90' ? stated : '',
    ocrEvtItemCnt: String(items.length), ocrEvtItem: items,
    ocrEvtDtl: { ocrEvtDtlCd: '', ocrEvtDtlCdDtl: '' }, endTag: '$DB', finishTag: '$DF',
  };
}

export function envelope({ sendCd, rcvCd, rrKey = '', service = 'EVENT', sysCd = '112' }, body) {
  return {
    svcTy: service, hdCnt: '14', dtCnt: '16', apSeq: { apCurrent: '1', apTotal: '1' }, cmnMtd: '1', sendCd, rcvCd,
    encAt: 'N', tranTy: 'HTTP', rrKey, reqDate: kst(), bodyLen: String(Buffer.byteLength(JSON.stringify(body))), sysCd,
    tranSysHis: [{ tranSysHis: `${sendCd}_${sysCd}` }, { tranSysHis: `${sendCd}_SCSNS` }], body,
  };
}

export class Partner {
  /** Opens a session as `account` of the running city. */
  static async open(city, user = '112') {
    const account = city.account(user);
    const partner = new Partner();
    partner.port = city.site('11000').http;
    partner.head = { sendCd: account.sendCd, rcvCd: account.rcvCd };
    const answer = await partner.authenticate(account.apiKey);
    if (answer.json?.result !== '0') throw new Error(`getAuth: ${answer.status} ${answer.text}`);
    partner.head.rrKey = answer.json.message;
    return partner;
  }

  authenticate(apiKey) {
    const message = envelope({ ...this.head, service: 'AUTH' }, { startTag: '$DA', apiKey, endTag: '$DB', finishTag: '$DF' });
    return request(this.port, 'POST', '/api/getAuth.json', { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(message) });
  }

  /** One message of the fields of eventBody(); answers the HTTP answer. */
  send(event) { return this.sendBody(eventBody(event)); }
  sendBody(body, head = {}) { return this.sendRaw(JSON.stringify(envelope({ ...this.head, ...head }, body)), head.rrKey); }

  /** Bytes as they are. */
  sendRaw(bytes, key = this.head.rrKey, contentType = 'application/json; charset=utf-8') {
    return request(this.port, 'POST', '/linkHttp/recvEvent.json', {
      headers: { 'Content-Type': contentType, 'X-Scsns-svcTy': 'EVENT', 'X-Scsns-sendCd': this.head.sendCd,
        'X-Scsns-rcvCd': this.head.rcvCd, 'X-Scsns-sysCd': '112', 'X-Scsns-encAt': 'N', 'X-Scsns-Secret': key, 'X-Scsns-type': 'sync' },
      body: bytes,
    });
  }

  /** As send(), and an error unless it was acknowledged. */
  async tell(event) {
    const answer = await this.send(event);
    if (answer.status !== 200 || answer.json?.result !== '0') throw new Error(`recvEvent: ${answer.status} ${answer.text}`);
    return answer;
  }
}

/** An incident at a place, told by a room, and the grant to the reader's own agency: the incident with {cameras: [id], grant}. */
export async function openIncident(room, reader, { position, place }) {
  const number = newNumber();
  await room.tell({ number, position, place });
  return until(`a grant for ${number}`, async () => {
    const incident = (await reader.get('/api/v1/incidents?limit=20')).items.find((each) => each.number === number);
    if (!incident) return false;
    const cameras = (await reader.get(`/api/v1/incidents/${incident.id}/cameras`)).items.map((item) => item.id);
    const { items } = await reader.get(`/api/v1/grants?incident=${incident.id}`);
    const grant = items.find((each) => each.holder.agency === reader.account.agency);
    return grant && { ...incident, cameras, grant };
  });
}
