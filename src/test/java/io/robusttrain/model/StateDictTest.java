package io.robusttrain.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.tensor.ParameterSpec;
import io.robusttrain.tensor.Segment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, shapes, order, decay groups and counts against timm's own. */
@Tag("slow")
class StateDictTest {
  /** Columns: name, shape, type, kind, whether weight decay applies. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "aimv2_large_patch14_224",
        "beit_base_patch16_224",
        "cait_s12_224",
        "cait_xxs24_224",
        "convnext_b_cvst",
        "convnext_t_cvst",
        "convnext_tiny",
        "convnextv2_atto",
        "eva02_base_patch14_224",
        "eva02_tiny_patch14_224",
        "deit_small_patch16_224",
        "deit_tiny_patch16_224",
        "poolformer_m12",
        "poolformer_s12",
        "resnet50",
        "resnet50_32",
        "swin_tiny_patch4_window7_224",
        "swinv2_tiny_window8_256",
        "vit_base_patch16_xp_224",
        "vit_giant_patch14_dinov2",
        "vit_medium_patch16_gap_256",
        "vit_medium_patch16_reg4_gap_256",
        "vit_s_cvst",
        "vit_small_patch14_reg4_dinov2",
        "vit_so150m_patch16_reg4_gap_256",
        "vit_so150m2_patch16_reg1_gap_256",
        "wide_resnet28_10",
        "wide_resnet28_10_silu",
        "xcit_nano_12_p16_224",
        "xcit_small_12_p16_224",
        "xcit_small_12_p4_32"
      })
  void stateDictEqualsTimms(String name) throws IOException {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    List<String> expected = lines("state-dict-keys/" + name + ".txt");
    List<String> actual = new java.util.ArrayList<>();
    for (ParameterSpec spec : model.layout().specs()) {
      boolean statistic = spec.segment() == Segment.STATISTICS;
      String decay = spec.segment() == Segment.DECAYED ? "yes" : "no";
      actual.add(
          String.join(
              "\t",
              spec.name(),
              spec.shape().toString(),
              "float32",
              statistic ? "buffer" : "param",
              statistic ? "" : decay));
      if (spec.name().endsWith(".running_var")) {
        String prefix = spec.name().substring(0, spec.name().lastIndexOf('.'));
        assertThat(model.batchNorms()).contains(prefix);
        actual.add(prefix + ".num_batches_tracked\t[]\tint64\tbuffer\t");
      }
    }
    assertThat(actual).containsExactlyElementsOf(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "convnext_tiny, 28589128, 4.4555",
    "beit_base_patch16_224, 86530984, 17.5638",
    "beit_large_patch16_384, 304998888, 191.0663",
    "beit_large_patch16_512, 305674728, 361.9863",
    "beitv2_large_patch16_224, 304430568, 61.5547",
    "eva02_small_patch14_336, 22129000, 15.4505",
    "eva02_large_patch14_448, 305080232, 361.7472",
    "swin_tiny_patch4_window7_224, 28288354, 4.4906",
    "swin_small_patch4_window7_224, 49606258, 8.7409",
    "swin_base_patch4_window12_384, 87903584, 47.0831",
    "swin_large_patch4_window7_224, 196532476, 34.4758",
    "swinv2_tiny_window8_256, 28347154, 5.9397",
    "swinv2_tiny_window16_256, 28347154, 6.6606",
    "swinv2_base_window12to24_192to384, 87918816, 55.1483",
    "swinv2_large_window12to16_192to256, 196739932, 47.7403",
    "wide_resnet28_10_silu, 36479194, 5.2433",
    "wide_resnet34_10_silu, 46160474, 6.6589",
    "wide_resnet70_16_silu, 266796506, 38.7642",
    "convnext_atto, 3695520, 0.5473",
    "convnext_nano, 15593560, 2.4455",
    "convnext_small, 50223688, 8.6837",
    "convnext_base, 88591464, 15.3547",
    "convnext_large, 197767336, 34.3614",
    "convnext_xlarge, 350196968, 60.9210",
    "convnextv2_atto, 3708400, 0.5473",
    "convnextv2_femto, 5233240, 0.7796",
    "convnextv2_pico, 9066280, 1.3671",
    "convnextv2_nano, 15623800, 2.4455",
    "convnextv2_tiny, 28635496, 4.4555",
    "convnextv2_small, 50318440, 8.6837",
    "convnextv2_base, 88717800, 15.3547",
    "convnextv2_large, 197956840, 34.3614",
    "convnext_t_cvst, 28627432, 4.5874",
    "convnext_s_cvst, 50261992, 8.8156",
    "convnext_b_cvst, 88753416, 15.8774",
    "convnext_l_cvst, 198134680, 35.5356",
    "vit_s_cvst, 22777576, 4.9764",
    "vit_b_cvst, 87147112, 17.9125",
    "vit_large_patch14_224, 304203752, 81.0130",
    "vit_large_patch16_384, 304715752, 191.0663",
    "vit_large_patch32_224, 306535400, 15.3765",
    "vit_huge_patch14_224, 632045800, 167.2938",
    "vit_giant_patch14_224, 1012611432, 267.0315",
    "vit_gigantic_patch14_224, 1844440680, 483.7476",
    "vit_small_patch14_dinov2, 22441192, 46.6971",
    "vit_base_patch14_reg4_dinov2, 87351016, 152.1165",
    "vit_large_patch14_reg4_dinov2, 305395688, 508.5523",
    "vit_giant_patch14_dinov2, 1138016232, 1783.3445",
    "vit_giant_patch14_reg4_dinov2, 1138020840, 1789.2231",
    "vit_so400m_patch14_reg1_tipsv2, 414544600, 487.9379",
    "vit_giant_patch14_reg1_tipsv2, 1137486312, 1292.1853",
    "vit_medium_patch16_gap_240, 38845416, 9.2045",
    "vit_betwixt_patch16_gap_256, 60372840, 16.2326",
    "vit_base_patch16_gap_224, 86566120, 17.4716",
    "vit_huge_patch16_gap_448, 632949480, 544.3748",
    "vit_giant_patch16_gap_224, 1012777576, 202.3544",
    "vit_wee_patch16_reg1_gap_256, 13422568, 3.8252",
    "vit_little_patch16_reg4_gap_256, 22516008, 6.3345",
    "vit_mediumd_patch16_reg4_gap_384, 64272872, 43.6069",
    "vit_betwixt_patch16_reg4_gap_256, 60398440, 16.5002",
    "vit_base_patch16_reg4_gap_256, 86615272, 23.4808",
    "vit_so150m_patch16_reg4_gap_256, 134131560, 36.7089",
    "vit_so150m2_patch16_reg1_gap_448, 136498856, 127.3703",
    "vit_base_patch16_xp_224, 86512360, 17.5638",
    "vit_large_patch14_xp_224, 304057320, 81.0130",
    "vit_huge_patch14_xp_224, 631802600, 167.2951",
    "aimv2_large_patch14_336, 310550504, 194.2253",
    "aimv2_huge_patch14_224, 682388968, 179.0108",
    "aimv2_1b_patch14_224, 1237007336, 322.4329",
    "poolformer_s12, 11915176, 1.8123",
    "poolformer_m12, 21570664, 3.2097",
    "poolformer_m36, 56172520, 8.7588",
    "xcit_nano_12_p16_224, 3053224, 0.551",
    "xcit_tiny_12_p16_224, 6716272, 1.2301",
    "xcit_small_12_p16_224, 26253304, 4.7958",
    "xcit_medium_12_p16_224, 46401160, 8.509",
    "xcit_large_12_p16_224, 103792648, 18.9339",
    "xcit_nano_12_p4_32, 2925514, 0.1788",
    "xcit_small_12_p4_32, 25872154, 1.5643",
    "xcit_medium_12_p4_32, 45893290, 2.7772",
    "xcit_large_12_p4_32, 103031338, 6.1838",
    "xcit_small_12_p8_32, 25872154, 0.3947",
    "cait_s12_224, 25611688, 4.7525",
    "cait_s24_224, 46916200, 9.3273",
    "cait_xxs24_224, 11956264, 2.5235",
    "deit_small_patch16_224, 22050664, 4.5989",
    "deit_tiny_patch16_224, 5717416, 1.2537",
    "resnet18, 11689512, 1.8141",
    "resnet50, 25557032, 4.0892",
    "resnet50_32, 23520842, 1.2978",
    "resnet50_gelu, 25557032, 4.0892",
    "wide_resnet28_10, 36479194, 5.2433",
    "wide_resnet50_2, 68883240, 11.398",
  })
  void countsEqualTimms(String name, int parameters, double gigaMacs) {
    Architecture model = ModelRegistry.create(name, ModelOptions.none());
    assertThat(model.layout().parameterCount()).isEqualTo(parameters);
    assertThat(model.macsPerImage() / 1e9).isCloseTo(gigaMacs, withinPercentage(0.5));
  }

  @Test
  void batchNormsFollowTheStateDict() {
    Architecture model = ModelRegistry.create("xcit_nano_12_p16_224", ModelOptions.none());
    assertThat(model.batchNorms()).hasSize(4 + 12).startsWith("patch_embed.proj.0.1");
    assertThat(model.layout().size() - model.layout().parameterCount() + 16).isEqualTo(3568);
  }

  static List<String> names() {
    return ModelRegistry.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyNameComesBackFromItsArguments(String name) {
    ModelOptions options = ModelOptions.none().withNumClasses(7);
    if (!name.matches("wide_resnet\\d+_\\d+(_silu)?") || name.equals("wide_resnet50_2")) {
      options = options.withDropPathRate(0.1);
    }
    Architecture model = ModelRegistry.create(name, options);
    Architecture again = ModelRegistry.create(name, model.arguments());
    assertThat(again.arguments()).isEqualTo(model.arguments());
    assertThat(again.layout().specs()).isEqualTo(model.layout().specs());
    assertThat(model.numClasses()).isEqualTo(7);
  }

  private static List<String> lines(String resource) throws IOException {
    ClassLoader loader = StateDictTest.class.getClassLoader();
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(loader.getResourceAsStream(resource), StandardCharsets.UTF_8))) {
      return reader.lines().filter(line -> !line.startsWith("#")).toList();
    }
  }
}
