package io.robusttrain.data.shard;

import io.robusttrain.base.Sha256;
import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * The checksums of a shard: of the whole file, which tells it from any other, and of the parts that
 * are read at once, which finds damage while they are read. Immutable.
 *
 * @param sha256 of the file, lower-case hexadecimal
 * @param footerCrc32c of everything behind the last row group, eight hexadecimal digits
 * @param rowGroupCrc32c of each row group's bytes
 */
public record ShardSums(String sha256, String footerCrc32c, List<String> rowGroupCrc32c)
    implements Serializable {
  /** Key of the whole file's checksum in {@code dataset.json}. */
  public static final String SHA256 = "sha256";

  /** Key of the footer's checksum. */
  public static final String FOOTER_CRC32C = "footer_crc32c";

  /** Key of the list of the row groups' checksums. */
  public static final String ROW_GROUP_CRC32C = "row_group_crc32c";

  /** The sums of a file that is not there, or of which nothing is stated. */
  public static final ShardSums NONE = new ShardSums("", "", List.of());

  private static final int PIECE = 1 << 16;

  public ShardSums {
    rowGroupCrc32c = new ArrayList<>(rowGroupCrc32c);
  }

  /**
   * Computes the sums of a file that has the usual columns.
   *
   * @throws DataException if its footer is not that of an image set
   */
  public static ShardSums of(Configuration conf, String file) throws IOException {
    return of(conf, file, ImageColumns.USUAL);
  }

  /** Computes the sums of a file in one pass over its bytes. */
  static ShardSums of(Configuration conf, String file, ImageColumns columns) throws IOException {
    List<BlockCheck> checks;
    try (ShardReader reader = ShardReader.open(conf, file, columns)) {
      checks = reader.rowGroups().stream().map(ShardReader.RowGroup::check).toList();
      if (checks.isEmpty()) {
        throw new DataException(file + " has no row groups; prepare the set again");
      }
    }
    MessageDigest digest = Sha256.digest();
    List<String> groups = new ArrayList<>();
    Path path = new Path(file);
    try (InputStream in = path.getFileSystem(conf).open(path)) {
      long position = 0;
      for (BlockCheck check : checks) {
        read(in, check.start() - position, digest, new CRC32C());
        CRC32C crc = new CRC32C();
        read(in, check.length(), digest, crc);
        groups.add(hex((int) crc.getValue()));
        position = check.start() + check.length();
      }
      ShardSeal seal = checks.get(0).seal();
      read(in, seal.footerStart() - position, digest, new CRC32C());
      CRC32C crc = new CRC32C();
      read(in, seal.length() - seal.footerStart(), digest, crc);
      return new ShardSums(Sha256.hex(digest), hex((int) crc.getValue()), groups);
    }
  }

  private static void read(InputStream in, long bytes, MessageDigest digest, CRC32C crc)
      throws IOException {
    byte[] buffer = new byte[PIECE];
    for (long left = bytes; left > 0; ) {
      int n = in.readNBytes(buffer, 0, (int) Math.min(left, buffer.length));
      if (n == 0) {
        throw new DataException("the file ends early; copy it or prepare the set again");
      }
      digest.update(buffer, 0, n);
      crc.update(buffer, 0, n);
      left -= n;
    }
  }

  /** As the manifest of a set writes a CRC. */
  static String hex(int crc) {
    return HexFormat.of().toHexDigits(crc);
  }
}
