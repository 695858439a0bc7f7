package io.robusttrain.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which library multiplies matrices. */
class BlasTest {
  private static final String AVX512 = "avx2 avx512f avx512cd avx512dq avx512bw avx512vl";

  @Test
  void processorsByAmdWithAvx512TakeOpenBlas() {
    assertThat(Blas.choose("", processor("AuthenticAMD", AVX512), 64)).isEqualTo(Blas.OPENBLAS);
  }

  @Test
  void allOthersTakeOneMkl() {
    assertThat(Blas.choose("", processor("AuthenticAMD", AVX512), 65)).isEqualTo(Blas.ONE_MKL);
    assertThat(Blas.choose("", processor("AuthenticAMD", "avx2"), 2)).isEqualTo(Blas.ONE_MKL);
    assertThat(Blas.choose("", processor("AuthenticAMD", "avx2 avx512f"), 2))
        .isEqualTo(Blas.ONE_MKL);
    assertThat(Blas.choose("", processor("GenuineIntel", AVX512), 2)).isEqualTo(Blas.ONE_MKL);
    assertThat(Blas.choose("", Processor.of(List.of(), true), 2)).isEqualTo(Blas.ONE_MKL);
  }

  @Test
  void anOptionDecidesForTheProcessor() {
    assertThat(Blas.choose("mkl_rt", processor("AuthenticAMD", AVX512), 2)).isEqualTo(Blas.ONE_MKL);
    assertThat(Blas.choose("openblas", processor("GenuineIntel", "avx2"), 2))
        .isEqualTo(Blas.OPENBLAS);
  }

  @Test
  void anOptionForAnotherLibraryIsRefused() {
    assertThatThrownBy(() -> Blas.choose("blis", processor("GenuineIntel", "avx2"), 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "-Dorg.bytedeco.openblas.load must be mkl_rt or openblas, not 'blis': leave it out and the processor decides");
  }

  @Test
  void theChosenLibraryIsInTheProcess() {
    NativeRuntime.load();
    Blas.current().requireLoaded();
    Blas other = Blas.current() == Blas.OPENBLAS ? Blas.ONE_MKL : Blas.OPENBLAS;
    assertThatThrownBy(other::requireLoaded)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "libtorch was loaded with %s although this process chose %s: another process that chose otherwise was starting from the same cache, give each kind of host a cache of its own with -Dorg.bytedeco.javacpp.cachedir",
            Blas.current().title(), other.title());
  }

  @Test
  void aProcessorIsReadFromItsDescription() {
    Processor read =
        Processor.of(
            List.of(
                "processor\t: 0",
                "vendor_id\t: AuthenticAMD",
                "flags\t\t: fpu sse avx2",
                "vendor_id\t: another"),
            false);
    assertThat(read).isEqualTo(new Processor("AuthenticAMD", Set.of("fpu", "sse", "avx2"), false));
  }

  @Test
  void aProcessorThatIsNotDescribedHasNoFlags() {
    assertThat(Processor.of(List.of("Features : fp asimd"), true))
        .isEqualTo(new Processor("", Set.of(), true));
  }

  private static Processor processor(String vendor, String flags) {
    return Processor.of(List.of("vendor_id : " + vendor, "flags : " + flags), true);
  }
}
