// 常见写法：按换行取一包，附录 A 的逐位 CRC，拆字段，回 9014；不存任何数据。
const sessions = context.get("sessions") || {};
const key = msg._session.id;
let text = (sessions[key] || "") + msg.payload.toString("latin1");
const answers = [];
function crc16(body) {
  let crc = 0xffff;
  for (let i = 0; i < body.length; i++) {
    crc = (crc >> 8) ^ body.charCodeAt(i);
    for (let bit = 0; bit < 8; bit++) {
      const check = crc & 1;
      crc >>= 1;
      if (check) crc ^= 0xa001;
    }
  }
  return crc.toString(16).toUpperCase().padStart(4, "0");
}
for (;;) {
  const begin = text.indexOf("##");
  if (begin < 0 || text.length < begin + 6) break;
  const length = parseInt(text.substr(begin + 2, 4), 10);
  if (text.length < begin + length + 12) break;
  const body = text.substr(begin + 6, length);
  const given = text.substr(begin + 6 + length, 4).toUpperCase();
  text = text.substr(begin + length + 12);
  if (crc16(body) !== given) continue;
  const head = {};
  for (const item of body.split("CP=&&")[0].split(";")) {
    const at = item.indexOf("=");
    if (at > 0) head[item.substr(0, at)] = item.substr(at + 1);
  }
  const values = {};
  for (const item of body.split("CP=&&")[1].replace("&&", "").split(/[;,]/)) {
    const at = item.indexOf("=");
    if (at > 0) values[item.substr(0, at)] = parseFloat(item.substr(at + 1));
  }
  const reply = `QN=${head.QN};ST=91;CN=9014;PW=${head.PW};MN=${head.MN};Flag=4;CP=&&&&`;
  answers.push(`##${String(reply.length).padStart(4, "0")}${reply}${crc16(reply)}\r\n`);
}
sessions[key] = text;
context.set("sessions", sessions);
if (!answers.length) return null;
msg.payload = answers.join("");
return msg;
