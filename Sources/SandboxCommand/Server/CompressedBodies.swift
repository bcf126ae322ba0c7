import Crypto
import Foundation
import Zlib

/// Bodies as gzip (RFC 1952), each compressed once: the same pages are asked for again and again,
/// and compressing them would be most of what the server does.
actor CompressedBodies {
  /// Less than this is not worth it.
  static let smallestBody = 1024
  private static let largestTotal = 64 << 20

  private var known: [Data: Data] = [:]
  private var total = 0

  /// The compressed form of a body, or `nil` where zlib fails.
  func gzip(_ body: Data) -> Data? {
    // Swift's own hash of Data looks at its beginning only, which most pages have in common.
    let key = Data(SHA256.hash(data: body))
    if let found = known[key] { return found }
    guard let compressed = Self.compressed(body) else { return nil }
    if total + compressed.count > Self.largestTotal {
      known = [:]
      total = 0
    }
    known[key] = compressed
    total += compressed.count
    return compressed
  }

  private static func compressed(_ body: Data) -> Data? {
    /// 15 bits of window, and 16 for gzip's own header and checksum.
    let gzipWindow: Int32 = 15 + 16
    var stream = z_stream()
    let begun = deflateInit2_(
      &stream, Z_BEST_SPEED, Z_DEFLATED, gzipWindow, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard begun == Z_OK else { return nil }
    defer { deflateEnd(&stream) }
    var input = [UInt8](body)
    var output = [UInt8](repeating: 0, count: Int(deflateBound(&stream, UInt(body.count))))
    let status = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress
        stream.avail_in = UInt32(source.count)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(target.count)
        return deflate(&stream, Z_FINISH)
      }
    }
    guard status == Z_STREAM_END else { return nil }
    return Data(output.prefix(Int(stream.total_out)))
  }
}
